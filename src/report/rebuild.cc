// A result from a JSONL: each line becomes an Outcome again and goes through the same recorder as in the run, so every
// figure means the same. Two passes: the first finds stages, scenarios and windows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/from_recorder.h"
#include "report/json_in.h"
#include "report/number.h"
#include "ringload/report.h"
#include "stats/recorder.h"

namespace ringload::report {
namespace {

constexpr int64_t kMs = 1'000'000;  // ns

// What the lines of one stage have in common.
struct StageSpan {
  StageResult result;
  int64_t first = INT64_MAX, last = INT64_MIN;  // intended, ns since 1970
  int64_t first_steady = INT64_MAX;
  bool in_window(int64_t at) const { return at >= first_steady && at < last; }
  int64_t within_window(int64_t from, int64_t to) const {
    return std::max<int64_t>(0, std::min(to, last) - std::max(from, first_steady));
  }
};

class Turn {
 public:
  explicit Turn(JsonValue json) : json_(json) {}

  uint32_t stage() const { return static_cast<uint32_t>(count_in(json_, "stage").value_or(0)); }
  std::string scenario() const { return text_in(json_, "scenario").value_or(""); }
  // A later line tells how the turn ended.
  bool retried() const { return flag_in(json_, "retried").value_or(false); }
  bool warmup() const { return flag_in(json_, "warmup").value_or(false); }
  // ns; absent when the line is none of a turn.
  std::optional<int64_t> intended() const {
    const auto ms = integer_in(json_, "start_unix_ms");
    return ms ? std::optional(*ms * kMs) : std::nullopt;
  }
  JsonValue json() const { return json_; }

  // With the instants in ns since 1970; `scenario` is the row's number.
  Outcome outcome(uint32_t scenario) const {
    Outcome o;
    o.scenario = scenario;
    o.warmup = warmup();
    o.stream = flag_in(json_, "stream").value_or(false);
    o.reused = flag_in(json_, "reused").value_or(false);
    o.status = static_cast<int16_t>(integer_in(json_, "status").value_or(-1));
    o.intended = intended().value_or(0);
    const auto after = [&](std::string_view key) {
      const int64_t ns = duration(key);
      return ns < 0 ? -1 : o.intended + ns;
    };
    o.end = after("latency_ms");
    const int64_t service = duration("service_ms");
    o.sent = o.end < 0 || service < 0 ? -1 : o.end - service;
    o.first_byte = after("ttfb_ms");
    o.first_token = after("ttft_ms");
    o.first_answer_token = after("ttfot_ms");
    if (const auto lag = integer_in(json_, "sched_lag_us")) o.sched_lag = *lag * 1000;
    o.dns = duration("dns_ms");
    o.connect = duration("conn_ms");
    o.tls = duration("tls_ms");
    const auto tokens = [&](std::string_view key) { return integer_in(json_, key).value_or(-1); };
    o.tokens = {tokens("prompt_tokens"), tokens("cached_tokens"), tokens("completion_tokens"),
                tokens("reasoning_tokens"), flag_in(json_, "tokens_estimated").value_or(false)};
    restore_pace(o);
    o.bytes_sent = count_in(json_, "bytes_sent").value_or(0);
    o.bytes_received = count_in(json_, "bytes_received").value_or(0);
    const std::string err = text_in(json_, "err").value_or("");
    if (!err.empty()) {
      const std::string_view name = std::string_view(err).substr(0, err.find(':'));
      o.error = error_class_of(name).value_or(ErrorClass::http_other);
      o.shed = err.starts_with("gen_overload: shed");
    }
    return o;
  }

 private:
  // ns; −1: null.
  int64_t duration(std::string_view key) const {
    const auto value = member(json_, key);
    const auto us = value ? micros_of(*value) : std::nullopt;
    return us ? *us * 1000 : -1;
  }

  // A last token such that the recorder finds the time per token of the line again.
  void restore_pace(Outcome& o) const {
    const int64_t pace = duration("tpot_ms");
    if (pace < 0 || o.first_token < 0 || o.tokens.completion < 2) return;
    o.last_token = o.first_token + pace * (o.tokens.completion - 1);
    // More events than tokens: all of them were streamed, so the recorder leaves none out.
    o.content_events = static_cast<uint32_t>(std::min<int64_t>(o.tokens.completion, UINT32_MAX - 1) + 1);
  }

  JsonValue json_;
};

// Calls visit(turn) for each line that is a turn's; returns how many lines are none.
template <class Visit>
uint64_t each_turn(std::string_view jsonl, Visit visit) {
  simdjson::dom::parser parser;
  uint64_t bad = 0;
  while (!jsonl.empty()) {
    const size_t end = jsonl.find('\n');
    if (end == std::string_view::npos) return bad;  // torn, or nothing
    const std::string_view line = jsonl.substr(0, end);
    jsonl.remove_prefix(end + 1);
    JsonValue json;
    if (parser.parse(line.data(), line.size()).get(json) == simdjson::SUCCESS && Turn(json).intended()) {
      visit(Turn(json));
    } else {
      ++bad;
    }
  }
  return bad;
}

void read_level(JsonValue json, StageResult& stage) {
  for (const auto& [key, kind] : {std::pair("concurrency", StageKind::closed), {"rate", StageKind::open}}) {
    const auto level = member(json, key);
    if (!level) continue;
    stage.kind = kind;
    stage.from = level->is_object() ? real_in(*level, "from").value_or(0) : real_in(json, key).value_or(0);
    stage.to = level->is_object() ? real_in(*level, "to").value_or(0) : stage.from;
  }
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::expected<RunResult, std::string> rebuild_result(std::string_view jsonl) {
  using namespace report;
  RunResult result;
  std::map<uint32_t, StageSpan> spans;
  std::vector<std::string> scenarios;
  const uint64_t bad = each_turn(jsonl, [&](const Turn& turn) {
    if (turn.stage() == 0) return;
    StageSpan& span = spans[turn.stage()];
    if (span.first > span.last) read_level(turn.json(), span.result);
    const int64_t intended = *turn.intended();
    span.first = std::min(span.first, intended);
    span.last = std::max(span.last, intended);
    if (!turn.warmup()) span.first_steady = std::min(span.first_steady, intended);
    if (std::ranges::find(scenarios, turn.scenario()) == scenarios.end()) scenarios.push_back(turn.scenario());
    const TargetInfo target{"", text_in(turn.json(), "target").value_or(""),
                            text_in(turn.json(), "protocol").value_or(""), ""};
    if (std::ranges::find(result.targets, target) == result.targets.end()) result.targets.push_back(target);
  });
  if (spans.empty() && bad != 0) return std::unexpected("no line of it is a turn");

  std::map<uint32_t, stats::Recorder> recorders;
  for (const auto& [number, span] : spans) recorders.emplace(number, static_cast<uint32_t>(scenarios.size()));
  each_turn(jsonl, [&](const Turn& turn) {
    if (turn.stage() == 0 || turn.retried()) return;
    const auto row = static_cast<uint32_t>(std::ranges::find(scenarios, turn.scenario()) - scenarios.begin());
    const Outcome outcome = turn.outcome(row);
    stats::Recorder& recorder = recorders.at(turn.stage());
    recorder.count_scheduled(row, outcome.warmup);
    recorder.record(outcome, false);
    if (outcome.end < 0) return;
    for (auto& [number, span] : spans) {
      recorders.at(number).count_open_in_window(row, span.within_window(outcome.intended, outcome.end));
      if (span.in_window(outcome.end)) recorders.at(number).count_end_in_window(outcome, false);
    }
  });

  result.command = "run";
  if (spans.empty()) result.warnings.push_back("the JSONL is empty: the run ended before its first turn did");
  else result.started_unix_ms = spans.begin()->second.first / kMs;
  result.aggregate.label = "aggregate";
  for (auto& [number, span] : spans) {
    StageResult& stage = span.result;
    const stats::Recorder& recorder = recorders.at(number);
    stage.stage = number;
    stage.duration_s = static_cast<double>(span.last - span.first) / 1e9;
    stage.window_s = span.first_steady < span.last ? static_cast<double>(span.last - span.first_steady) / 1e9 : 0;
    stage.warmup_s = span.first_steady == INT64_MAX ? stage.duration_s
                                                    : static_cast<double>(span.first_steady - span.first) / 1e9;
    for (uint32_t i = 0; i < scenarios.size(); ++i) {
      Stat stat = stat_from(recorder, i, stage.window_s);
      stat.label = scenarios[i];
      if (stat.requests != 0) stage.scenarios.push_back(std::move(stat));
    }
    stage.total = total_from(recorder, stage.window_s);
    stage.total.label = "total";
    stage.conservation = conservation_from(recorder);
    stage.lag.values = recorder.shard().sched_lag;
    result.connections.dns.values.add(recorder.shard().dns);
    result.connections.connect.values.add(recorder.shard().connect);
    result.connections.tls.values.add(recorder.shard().tls);
    add_stat(result.aggregate, stage.total);
    add_conservation(result.conservation, stage.conservation);
    result.ended_unix_ms = std::max(result.ended_unix_ms, span.last / kMs);
    result.stages.push_back(std::move(stage));
  }
  result.notes.push_back("rebuilt from a JSONL: gaps between tokens, goodput and the generator's health are not in it, "
                         "and rates are over the time from the first steady turn to the last");
  if (bad != 0) result.warnings.push_back(fmt::format("{} lines are no turns and were left out", count_text(bad)));
  return result;
}

}  // namespace ringload
