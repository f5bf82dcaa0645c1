#include <fmt/format.h>

#include "report/connections_json.h"
#include "report/enum_names.h"
#include "report/health_read.h"
#include "report/hosts.h"
#include "report/stat_read.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

// What went wrong, with the place put in front on the way up.
struct BadSummary {
  std::string what;
};

template <class T>
T take(std::expected<T, std::string> read, std::string_view place) {
  if (!read) throw BadSummary{fmt::format("{}.{}", place, read.error())};
  return std::move(*read);
}

Conservation read_conservation(JsonValue json) {
  Conservation c;
  const auto inner = member(json, "conservation");
  if (!inner) return c;
  const std::pair<std::string_view, uint64_t Conservation::*> kFields[] = {
      {"scheduled", &Conservation::scheduled}, {"ok", &Conservation::ok}, {"failed", &Conservation::failed},
      {"cancelled", &Conservation::cancelled}, {"shed", &Conservation::shed},
      {"in_flight_at_stop", &Conservation::in_flight_at_stop}, {"warmup", &Conservation::warmup},
      {"resent", &Conservation::resent}, {"preflight", &Conservation::preflight},
      {"abandoned", &Conservation::abandoned}};
  for (const auto& [key, field] : kFields) c.*field = count_in(*inner, key).value_or(0);
  return c;
}

void read_level(JsonValue stage, std::string_view key, StageResult& result) {
  const auto level = member(stage, key);
  if (!level) return;
  if (level->is_object()) {
    result.from = real_in(*level, "from").value_or(0);
    result.to = real_in(*level, "to").value_or(0);
  } else {
    result.from = result.to = real_in(stage, key).value_or(0);
  }
}

StageTenth read_tenth(JsonValue json) {
  const auto us = [&](std::string_view key) {
    const auto value = member(json, key);
    return value ? micros_of(*value) : std::nullopt;
  };
  return {count_in(json, "ok").value_or(0), count_in(json, "failed").value_or(0), us("latency_p50_ms"),
          us("latency_p99_ms"), us("ttft_p50_ms"), us("ttft_p99_ms")};
}

StageResult read_stage(JsonValue json, bool own) {
  StageResult stage;
  stage.stage = static_cast<uint32_t>(count_in(json, "stage").value_or(0));
  const std::string place = fmt::format("stages[{}]", stage.stage == 0 ? 0 : stage.stage - 1);
  // The Go tool writes rate 0 for a closed stage.
  const bool has_rate = member(json, "rate").has_value() && real_in(json, "rate").value_or(1) != 0;
  const StageKind guess = has_rate ? StageKind::open : StageKind::closed;
  stage.kind = stage_kind_of(text_in(json, "kind").value_or("")).value_or(guess);
  read_level(json, stage.kind == StageKind::open ? "rate" : "concurrency", stage);
  stage.arrival = arrival_kind_of(text_in(json, "arrival").value_or("")).value_or(ArrivalKind::poisson);
  stage.burstiness = real_in(json, "burstiness").value_or(1);
  stage.shape = text_in(json, "shape").value_or("");
  stage.duration_s = real_in(json, "duration_s").value_or(0);
  stage.max_requests = count_in(json, "max_requests").value_or(0);
  stage.warmup_s = real_in(json, "warmup_s").value_or(0);
  stage.window_s = real_in(json, "window_s").value_or(stage.duration_s);
  stage.complete = flag_in(json, "complete").value_or(!own);
  stage.conservation = read_conservation(json);
  if (const auto lag = member(json, "sched_lag_us")) stage.lag = take(read_samples_us(*lag), place + ".sched_lag_us");
  if (const auto drift = member(json, "drift"))
    if (const auto first = member(*drift, "first_tenth"), last = member(*drift, "last_tenth"); first && last)
      stage.drift = {read_tenth(*first), read_tenth(*last)};
  const auto stat = [&](JsonValue value, const std::string& at) {
    return own ? take(read_stat(value), at) : read_loadtest_stat(value, stage.window_s);
  };
  if (const auto total = member(json, "total")) stage.total = stat(*total, place + ".total");
  each_in(json, "scenarios", [&](JsonValue item) {
    stage.scenarios.push_back(stat(item, fmt::format("{}.scenarios[{}]", place, stage.scenarios.size())));
  });
  return stage;
}

SeriesPoint read_series_point(JsonValue json) {
  const auto us = [&](std::string_view key) {
    const auto value = member(json, key);
    return value ? micros_of(*value).value_or(-1) : -1;
  };
  SeriesPoint p;
  p.t = integer_in(json, "t").value_or(0);
  p.stage = static_cast<uint32_t>(count_in(json, "stage").value_or(0));
  p.scheduled = count_in(json, "scheduled").value_or(0);
  p.sent = count_in(json, "sent").value_or(0);
  p.ok = count_in(json, "ok").value_or(0);
  p.failed = count_in(json, "failed").value_or(0);
  p.in_flight = count_in(json, "in_flight").value_or(0);
  p.lag_p99_us = integer_in(json, "lag_p99_us").value_or(-1);
  p.latency_p50_us = us("latency_p50_ms");
  p.latency_p99_us = us("latency_p99_ms");
  p.ttft_p50_us = us("ttft_p50_ms");
  p.ttft_p99_us = us("ttft_p99_ms");
  p.prompt_tokens = count_in(json, "prompt_tokens").value_or(0);
  p.completion_tokens = count_in(json, "completion_tokens").value_or(0);
  return p;
}

ThresholdResult read_threshold(JsonValue json) {
  ThresholdResult t;
  t.expr = text_in(json, "expr").value_or("");
  t.stage = static_cast<uint32_t>(count_in(json, "stage").value_or(0));
  t.scenario = text_in(json, "scenario").value_or("");
  t.metric = text_in(json, "metric").value_or("");
  t.op = text_in(json, "op").value_or("<=");
  t.limit = real_in(json, "limit").value_or(0);
  t.value = real_in(json, "value");
  t.pass = flag_in(json, "pass").value_or(false);
  t.note = text_in(json, "note").value_or("");
  return t;
}

std::vector<std::string> read_strings(JsonValue json, std::string_view key) {
  std::vector<std::string> texts;
  each_in(json, key, [&](JsonValue item) {
    std::string_view text;
    if (item.get_string().get(text) == simdjson::SUCCESS) texts.emplace_back(text);
  });
  return texts;
}

void read_identity(JsonValue json, RunResult& r) {
  r.version = text_in(json, "version").value_or("");
  r.command = text_in(json, "command").value_or("run");
  r.profile_name = text_in(json, "profile").value_or("");
  r.profile_sha256 = text_in(json, "profile_sha256").value_or("");
  r.seed = count_in(json, "seed").value_or(0);
  r.uuid_salt = text_in(json, "uuid_salt").value_or("");
  each_member(json, "labels", [&](std::string_view name, JsonValue value) {
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) r.labels[std::string(name)] = text;
  });
  if (const auto host = member(json, "host")) {
    r.host.name = text_in(*host, "name").value_or("");
    r.host.kernel = text_in(*host, "kernel").value_or("");
    r.host.cpu_model = text_in(*host, "cpu_model").value_or("");
    r.host.cpus = static_cast<uint32_t>(count_in(*host, "cpus").value_or(0));
    r.host.shards = static_cast<uint32_t>(count_in(*host, "shards").value_or(0));
    r.host.memory_bytes = count_in(*host, "memory_bytes").value_or(0);
  }
  r.started_unix_ms = integer_in(json, "started_unix_ms").value_or(0);
  r.ended_unix_ms = integer_in(json, "ended_unix_ms").value_or(0);
  r.timeout_s = real_in(json, "timeout_s").value_or(120);
  each_in(json, "targets", [&](JsonValue item) {
    r.targets.push_back({text_in(item, "name").value_or(""), text_in(item, "url").value_or(""),
                         text_in(item, "protocol").value_or(""), text_in(item, "model").value_or("")});
  });
}

void read_cost(JsonValue json, CostResult& cost) {
  const auto inner = member(json, "cost");
  if (!inner) return;
  cost.total_usd = real_in(*inner, "total_usd");
  cost.budget_usd = real_in(*inner, "budget_usd");
  each_member(*inner, "by_model", [&](std::string_view model, JsonValue value) {
    double usd = 0;
    if (value.get_double().get(usd) == simdjson::SUCCESS) cost.by_model[std::string(model)] = usd;
  });
}

RunResult read_own(JsonValue json) {
  RunResult r;
  const int64_t version = integer_in(json, "schema_version").value_or(0);
  if (version > kSchemaVersion)
    throw BadSummary{fmt::format("schema_version {} is newer than this program's {}", version, kSchemaVersion)};
  if (version < 1) throw BadSummary{fmt::format("schema_version is no number from 1 to {}", kSchemaVersion)};
  r.schema_version = static_cast<int>(version);
  read_identity(json, r);
  r.pass = flag_in(json, "pass").value_or(true);
  r.complete = flag_in(json, "complete").value_or(false);
  r.ended_by = ended_by_of(text_in(json, "ended_by").value_or("")).value_or(EndedBy::running);
  r.exit_code = static_cast<int>(integer_in(json, "exit_code").value_or(0));
  r.notes = read_strings(json, "notes");
  r.warnings = read_strings(json, "warnings");
  each_in(json, "thresholds", [&](JsonValue item) { r.thresholds.push_back(read_threshold(item)); });
  r.thresholds_off = read_strings(json, "thresholds_off");
  r.conservation = read_conservation(json);
  read_cost(json, r.cost);
  if (const auto health = member(json, "generator_health")) r.health = take(read_health(*health), "generator_health");
  r.hosts = read_hosts(json);
  if (const auto connections = member(json, "connections"))
    r.connections = take(read_connections(*connections), "connections");
  each_in(json, "stages", [&](JsonValue item) { r.stages.push_back(read_stage(item, true)); });
  if (const auto aggregate = member(json, "aggregate")) r.aggregate = take(read_stat(*aggregate), "aggregate");
  each_in(json, "segments", [&](JsonValue item) {
    SizeSegment segment;
    segment.scenario = text_in(item, "scenario").value_or("");
    segment.tokens_from = count_in(item, "tokens_from").value_or(0);
    segment.tokens_to = count_in(item, "tokens_to").value_or(0);
    if (const auto stat = member(item, "stat"))
      segment.stat = take(read_stat(*stat), fmt::format("segments[{}].stat", r.segments.size()));
    r.segments.push_back(std::move(segment));
  });
  each_in(json, "series", [&](JsonValue item) { r.series.push_back(read_series_point(item)); });
  return r;
}

RunResult read_loadtest(JsonValue json) {
  RunResult r;
  r.command = "loadtest";
  r.complete = true;
  r.ended_by = EndedBy::plan;
  r.pass = flag_in(json, "pass").value_or(true);
  each_in(json, "stages", [&](JsonValue item) { r.stages.push_back(read_stage(item, false)); });
  double seconds = 0;
  for (const StageResult& stage : r.stages) seconds += stage.window_s;
  if (const auto aggregate = member(json, "aggregate")) r.aggregate = read_loadtest_stat(*aggregate, seconds);
  return r;
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::expected<RunResult, std::string> read_summary(std::string_view text) {
  using namespace report;
  simdjson::dom::parser parser;
  JsonValue json;
  if (const auto error = parser.parse(simdjson::padded_string(text)).get(json))
    return std::unexpected(fmt::format("not JSON: {}", simdjson::error_message(error)));
  const auto stages = member(json, "stages");
  if (!stages || !stages->is_array()) return std::unexpected("not a summary: it has no list \"stages\"");
  try {
    return member(json, "schema_version") ? read_own(json) : read_loadtest(json);
  } catch (const BadSummary& bad) {
    return std::unexpected(bad.what);
  }
}

}  // namespace ringload
