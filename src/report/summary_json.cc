#include "report/enum_names.h"
#include "report/figures.h"
#include "report/connections_json.h"
#include "report/health_json.h"
#include "report/hosts.h"
#include "report/json_out.h"
#include "report/number.h"
#include "report/stat_json.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

void write_strings(JsonOut& out, std::string_view key, const std::vector<std::string>& texts) {
  out.key(key).begin_array();
  for (const std::string& text : texts) out.string(text);
  out.end_array();
}

void write_conservation(JsonOut& out, const Conservation& c) {
  out.key("conservation").begin_object().flat(true);
  out.key("scheduled").number(c.scheduled).key("ok").number(c.ok).key("failed").number(c.failed);
  out.key("cancelled").number(c.cancelled).key("shed").number(c.shed);
  out.key("in_flight_at_stop").number(c.in_flight_at_stop).key("warmup").number(c.warmup);
  out.key("resent").number(c.resent).key("preflight").number(c.preflight).key("abandoned").number(c.abandoned);
  out.end_object().flat(false);
}

// The level as a number, or as {from, to} for a ramp.
void write_level(JsonOut& out, const StageResult& stage) {
  if (stage.from == stage.to) {
    out.exact(stage.from);
    return;
  }
  out.begin_object().flat(true).key("from").exact(stage.from).key("to").exact(stage.to).end_object().flat(false);
}

void write_tenth(JsonOut& out, const StageTenth& tenth) {
  out.begin_object().flat(true).key("ok").number(tenth.ok).key("failed").number(tenth.failed);
  out.key("latency_p50_ms").ms(tenth.latency_p50_us).key("latency_p99_ms").ms(tenth.latency_p99_us);
  out.key("ttft_p50_ms").ms(tenth.ttft_p50_us).key("ttft_p99_ms").ms(tenth.ttft_p99_us);
  out.end_object().flat(false);
}

void write_stage(JsonOut& out, const StageResult& stage) {
  const bool open = stage.kind == StageKind::open;
  out.begin_object();
  out.key("stage").number(uint64_t{stage.stage}).key("kind").string(name_of(stage.kind));
  out.key("concurrency");
  open ? void(out.null()) : write_level(out, stage);
  out.key("rate");
  open ? write_level(out, stage) : void(out.null());
  out.key("arrival");
  open ? out.string(name_of(stage.arrival)) : out.null();
  out.key("burstiness").exact(stage.burstiness);
  out.key("shape");
  stage.shape.empty() ? out.null() : out.string(stage.shape);
  out.key("duration_s").exact(stage.duration_s).key("max_requests");
  stage.max_requests == 0 ? out.null() : out.number(stage.max_requests);
  out.key("warmup_s").exact(stage.warmup_s);
  out.key("window_s").exact(stage.window_s).key("complete").boolean(stage.complete);
  write_conservation(out, stage.conservation);
  out.key("sched_lag_us");
  write_samples_us(out, stage.lag);
  if (stage.drift) {
    out.key("drift").begin_object().key("first_tenth");
    write_tenth(out, stage.drift->first);
    out.key("last_tenth");
    write_tenth(out, stage.drift->last);
    out.end_object();
  }
  out.key("total");
  write_stat(out, stage.total);
  out.key("scenarios").begin_array();
  for (const Stat& stat : stage.scenarios) write_stat(out, stat);
  out.end_array().end_object();
}

void write_series_point(JsonOut& out, const SeriesPoint& p) {
  const auto us = [](int64_t value) { return value < 0 ? std::nullopt : std::optional(value); };
  out.begin_object().flat(true);
  out.key("t").number(p.t).key("stage").number(uint64_t{p.stage});
  out.key("scheduled").number(p.scheduled).key("sent").number(p.sent).key("ok").number(p.ok);
  out.key("failed").number(p.failed).key("in_flight").number(p.in_flight).key("lag_p99_us");
  p.lag_p99_us < 0 ? out.null() : out.number(p.lag_p99_us);
  out.key("latency_p50_ms").ms(us(p.latency_p50_us)).key("latency_p99_ms").ms(us(p.latency_p99_us));
  out.key("ttft_p50_ms").ms(us(p.ttft_p50_us)).key("ttft_p99_ms").ms(us(p.ttft_p99_us));
  out.key("prompt_tokens").number(p.prompt_tokens).key("completion_tokens").number(p.completion_tokens);
  out.end_object().flat(false);
}

void write_segment(JsonOut& out, const SizeSegment& segment) {
  out.begin_object();
  out.key("scenario").string(segment.scenario);
  out.key("tokens_from").number(segment.tokens_from).key("tokens_to").number(segment.tokens_to);
  out.key("stat");
  write_stat(out, segment.stat);
  out.end_object();
}

void write_threshold(JsonOut& out, const ThresholdResult& t) {
  out.begin_object().flat(true);
  out.key("expr").string(t.expr).key("stage");
  t.stage == 0 ? out.null() : out.number(uint64_t{t.stage});
  out.key("scenario");
  t.scenario.empty() ? out.null() : out.string(t.scenario);
  out.key("metric").string(t.metric).key("op").string(t.op).key("limit").exact(t.limit);
  out.key("value").exact(t.value).key("pass").boolean(t.pass);
  if (!t.note.empty()) out.key("note").string(t.note);
  out.end_object().flat(false);
}

void write_identity(JsonOut& out, const RunResult& r) {
  out.key("schema_version").number(int64_t{r.schema_version}).key("tool").string("ringload");
  out.key("version").string(r.version).key("command").string(r.command);
  out.key("profile").string(r.profile_name).key("profile_sha256").string(r.profile_sha256);
  out.key("seed").number(r.seed).key("uuid_salt").string(r.uuid_salt);
  out.key("labels").begin_object();
  for (const auto& [name, value] : r.labels) out.key(name).string(value);
  out.end_object();
  out.key("host").begin_object().flat(true);
  out.key("name").string(r.host.name).key("kernel").string(r.host.kernel).key("cpu_model").string(r.host.cpu_model);
  out.key("cpus").number(uint64_t{r.host.cpus}).key("shards").number(uint64_t{r.host.shards});
  out.key("memory_bytes").number(r.host.memory_bytes).end_object().flat(false);
  out.key("started").string(rfc3339(r.started_unix_ms)).key("started_unix_ms").number(r.started_unix_ms);
  out.key("ended");
  r.ended_unix_ms == 0 ? out.null() : out.string(rfc3339(r.ended_unix_ms));
  out.key("ended_unix_ms").number(r.ended_unix_ms).key("timeout_s").exact(r.timeout_s);
  out.key("targets").begin_array();
  for (const TargetInfo& t : r.targets) {
    out.begin_object().flat(true);
    out.key("name").string(t.name).key("url").string(t.url).key("protocol").string(t.protocol);
    out.key("model").string(t.model).end_object().flat(false);
  }
  out.end_array();
}

void write_cost(JsonOut& out, const CostResult& cost) {
  out.key("cost").begin_object();
  out.key("total_usd").exact(cost.total_usd).key("budget_usd").exact(cost.budget_usd);
  out.key("by_model").begin_object();
  for (const auto& [model, usd] : cost.by_model) out.key(model).exact(usd);
  out.end_object().end_object();
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string summary_json(const RunResult& r) {
  using namespace report;
  std::string text;
  JsonOut out(text, 1);
  out.begin_object();
  write_identity(out, r);
  out.key("pass").boolean(r.pass).key("complete").boolean(r.complete);
  out.key("ended_by").string(name_of(r.ended_by)).key("exit_code").number(int64_t{r.exit_code});
  write_strings(out, "notes", r.notes);
  write_strings(out, "warnings", r.warnings);
  out.key("thresholds").begin_array();
  for (const ThresholdResult& threshold : r.thresholds) write_threshold(out, threshold);
  out.end_array();
  write_strings(out, "thresholds_off", r.thresholds_off);
  write_conservation(out, r.conservation);
  write_cost(out, r.cost);
  out.key("generator_health");
  write_health(out, r.health);
  if (!r.hosts.empty()) {
    out.key("hosts");
    write_hosts(out, r.hosts);
  }
  out.key("connections");
  write_connections(out, r.connections);
  out.key("stages").begin_array();
  for (const StageResult& stage : r.stages) write_stage(out, stage);
  out.end_array();
  out.key("aggregate");
  write_stat(out, r.aggregate);
  out.key("segments").begin_array();
  for (const SizeSegment& segment : r.segments) write_segment(out, segment);
  out.end_array();
  out.key("series").begin_array();
  for (const SeriesPoint& point : r.series) write_series_point(out, point);
  out.end_array().end_object();
  text += '\n';
  return text;
}

}  // namespace ringload
