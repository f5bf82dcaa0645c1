#include <cmath>

#include "experiment/knee_report.h"
#include "load/json_value.h"
#include "report/json_out.h"

namespace ringload::experiment {
namespace {

using load::JsonValue;
using report::JsonOut;

const char* name_of(LimitedBy side) {
  switch (side) {
    case LimitedBy::target: return "target";
    case LimitedBy::slo: return "slo";
    case LimitedBy::generator: return "generator";
    case LimitedBy::none: break;
  }
  return nullptr;
}

double share(const BoundCount& count) {
  return count.judged == 0 ? 0 : static_cast<double>(count.bad) / static_cast<double>(count.judged);
}

void write_step(JsonOut& json, const KneeReport& report, const KneeStep& step) {
  const BlockCounts& counts = step.counts;
  json.begin_object().flat(true);
  json.key("phase").string(phase_name(step.phase)).key("rate").exact(counts.block.rate);
  json.key("sent").number(counts.sent).key("answered").number(counts.answered);
  json.key("bad").begin_object();
  for (size_t b = 0; b < report.bounds.size(); ++b) json.key(report.bounds[b].text).real(share(counts.bounds[b]));
  json.end_object();
  json.key("score").real(step.score).key("why").string(step.why);
  json.key("in_flight").real(counts.in_flight_mean);
  const auto end = report.ends.find(counts.number);
  const auto ms = [&](const char* key, int64_t us) {
    json.key(key);
    us < 0 ? json.null() : json.ms(us);
  };
  ms("p50_ms", end == report.ends.end() ? -1 : end->second.p50_us);
  ms("p99_ms", end == report.ends.end() ? -1 : end->second.p99_us);
  json.key("disturbed").boolean(step.spoiled.disturbed).key("own_limit").boolean(step.spoiled.own_limit);
  json.key("slightly").boolean(step.spoiled.slightly).key("spoiled_why").string(step.spoiled.why);
  const auto reading = report.readings.find(counts.number);
  json.key("target_cpu").real(reading == report.readings.end() ? std::nullopt : reading->second.target_cpu);
  // The rest of what the search was told: with it, the same search can be gone through again.
  json.key("counts").begin_object();
  json.key("number").number(uint64_t{counts.number});
  json.key("settle_ns").number(counts.block.settle_ns).key("window_ns").number(counts.block.window_ns);
  json.key("tail_ns").number(counts.block.tail_ns).key("elapsed_ns").number(counts.elapsed_ns);
  json.key("requests").number(counts.requests).key("shed").number(counts.shed);
  json.key("in_flight_begin").number(counts.in_flight_begin).key("in_flight_end").number(counts.in_flight_end);
  json.key("in_flight_variance").exact(counts.in_flight_variance);
  json.key("ended_early").boolean(counts.ended_early).key("recovered").boolean(counts.recovered);
  json.key("p90_ns").number(counts.p90_ns).key("lag_p99_ns").number(counts.lag_p99_ns);
  json.key("loop_gap_ns").number(counts.loop_gap_ns).key("busiest_shard").real(counts.busiest_shard);
  json.key("gen_errors").number(counts.gen_errors);
  json.key("bounds").begin_array();
  for (const BoundCount& count : counts.bounds) {
    json.begin_object().key("judged").number(count.judged).key("bad").number(count.bad);
    json.key("valued").number(count.valued);
    json.key("sum_ms").exact(count.sum_ms).key("max_ms").exact(count.max_ms).key("min_ms").exact(count.min_ms);
    json.end_object();
  }
  json.end_array().end_object().end_object().flat(false);
}

double number_in(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.find(key);
  return value != nullptr && value->is(JsonValue::Kind::number) ? value->number : 0;
}
uint64_t count_in(const JsonValue& object, std::string_view key) {
  const double value = number_in(object, key);
  return value > 0 && value < 9e18 ? static_cast<uint64_t>(value) : 0;
}
int64_t whole_in(const JsonValue& object, std::string_view key) { return static_cast<int64_t>(count_in(object, key)); }
bool flag_in(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.find(key);
  return value != nullptr && value->is(JsonValue::Kind::boolean) && value->boolean;
}
std::string text_in(const JsonValue& object, std::string_view key) {
  const JsonValue* value = object.find(key);
  return value != nullptr && value->is(JsonValue::Kind::string) ? value->text : std::string();
}

bool read_step(const JsonValue& node, size_t bounds, KneeStep& step) {
  const JsonValue* more = node.find("counts");
  const JsonValue* list = more == nullptr ? nullptr : more->find("bounds");
  if (list == nullptr || list->items.size() != bounds) return false;
  BlockCounts& counts = step.counts;
  counts.block.rate = number_in(node, "rate");
  counts.block.settle_ns = whole_in(*more, "settle_ns");
  counts.block.window_ns = whole_in(*more, "window_ns");
  counts.block.tail_ns = whole_in(*more, "tail_ns");
  if (!(counts.block.rate > 0) || counts.block.window_ns <= 0) return false;
  counts.number = static_cast<uint32_t>(count_in(*more, "number"));
  counts.elapsed_ns = whole_in(*more, "elapsed_ns");
  counts.sent = count_in(node, "sent");
  counts.answered = count_in(node, "answered");
  counts.requests = count_in(*more, "requests");
  counts.shed = count_in(*more, "shed");
  counts.in_flight_begin = count_in(*more, "in_flight_begin");
  counts.in_flight_end = count_in(*more, "in_flight_end");
  counts.in_flight_mean = number_in(node, "in_flight");
  counts.in_flight_variance = number_in(*more, "in_flight_variance");
  counts.ended_early = flag_in(*more, "ended_early");
  counts.recovered = flag_in(*more, "recovered");
  counts.p90_ns = whole_in(*more, "p90_ns");
  counts.lag_p99_ns = whole_in(*more, "lag_p99_ns");
  counts.loop_gap_ns = whole_in(*more, "loop_gap_ns");
  counts.busiest_shard = number_in(*more, "busiest_shard");
  counts.gen_errors = count_in(*more, "gen_errors");
  for (const JsonValue& one : list->items)
    counts.bounds.push_back({count_in(one, "judged"), count_in(one, "bad"), count_in(one, "valued"),
                             number_in(one, "sum_ms"), number_in(one, "max_ms"), number_in(one, "min_ms")});
  step.spoiled = {flag_in(node, "disturbed"), flag_in(node, "own_limit"), text_in(node, "spoiled_why"),
                  flag_in(node, "slightly")};
  return true;
}

}  // namespace

std::string knee_json(const KneeReport& report) {
  std::string out;
  JsonOut json(out, 2);
  const KneeAnswer& answer = report.answer;
  json.begin_object();
  json.key("knee_rps").real(answer.knee).key("interval").flat(true).begin_array();
  json.real(answer.knee ? std::optional(answer.low) : std::nullopt);
  json.real(answer.knee ? std::optional(answer.high) : std::nullopt);
  json.end_array().flat(false).key("limited_by");
  const char* side = name_of(answer.limited_by);
  side == nullptr ? json.null() : json.string(side);
  json.key("complete").boolean(answer.complete).key("soft");
  answer.soft ? json.boolean(*answer.soft) : json.null();
  json.key("arrival").string(report.arrival).key("slo").string(report.slo);
  json.key("generator_limit").real(answer.generator_limit);
  json.key("did_not_recover_from").real(answer.did_not_recover);
  json.key("at_max_rate").boolean(answer.at_max_rate).key("lowest_rate_fails").boolean(answer.lowest_fails);
  json.key("start").exact(report.start).key("min_rate").exact(report.min_rate).key("max_rate").exact(report.max_rate);
  json.key("time_limit_s").real(report.time_limit_s).key("elapsed_s").real(report.elapsed_s);
  json.key("target").string(report.target).key("version").string(report.version);
  json.key("notes").begin_array();
  for (const std::string& note : report.notes) json.string(note);
  json.end_array().key("steps").begin_array();
  for (const KneeStep& step : report.steps) write_step(json, report, step);
  json.end_array().end_object();
  out += '\n';
  return out;
}

std::expected<ResumedSteps, std::string> read_knee_json(std::string_view text, const KneeReport& now) {
  const load::JsonDocument document(text);
  const JsonValue& root = document.root();
  const JsonValue* steps = root.find("steps");
  if (!document.syntax_ok() || steps == nullptr || !steps->is(JsonValue::Kind::array))
    return std::unexpected("not the JSON of a knee");
  const auto differs = [&](const char* what, const std::string& then, const std::string& here) {
    return std::unexpected(std::string("its search had another ") + what + ": " + then + ", now " + here);
  };
  if (text_in(root, "slo") != now.slo) return differs("SLO", text_in(root, "slo"), now.slo);
  if (text_in(root, "arrival") != now.arrival) return differs("arrival", text_in(root, "arrival"), now.arrival);
  if (text_in(root, "target") != now.target) return differs("target", text_in(root, "target"), now.target);
  for (const auto& [key, value] : {std::pair{"start", now.start}, std::pair{"min_rate", now.min_rate},
                                   std::pair{"max_rate", now.max_rate.value_or(0)}})
    if (number_in(root, key) != value)
      return differs(key, std::to_string(number_in(root, key)), std::to_string(value));
  ResumedSteps resumed;
  for (const JsonValue& node : steps->items) {
    KneeStep step;
    if (!read_step(node, now.bounds.size(), step))
      return std::unexpected("step " + std::to_string(resumed.steps.size() + 1) + " lacks its counts");
    BlockEnd end{step.counts.number, -1, -1};
    if (const JsonValue* p50 = node.find("p50_ms"); p50 != nullptr && p50->is(JsonValue::Kind::number))
      end.p50_us = std::llround(p50->number * 1000);
    if (const JsonValue* p99 = node.find("p99_ms"); p99 != nullptr && p99->is(JsonValue::Kind::number))
      end.p99_us = std::llround(p99->number * 1000);
    if (const JsonValue* cpu = node.find("target_cpu"); cpu != nullptr && cpu->is(JsonValue::Kind::number))
      resumed.readings[end.number].target_cpu = cpu->number;
    resumed.ends[end.number] = end;
    resumed.steps.push_back(std::move(step));
  }
  return resumed;
}

}  // namespace ringload::experiment
