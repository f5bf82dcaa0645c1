#include "report/health_read.h"

#include "report/enum_names.h"
#include "report/stat_read.h"

namespace ringload::report {
namespace {

HealthReason read_reason(JsonValue json) {
  HealthReason reason;
  reason.sign = text_in(json, "sign").value_or("");
  reason.severity = verdict_of(text_in(json, "severity").value_or("")).value_or(Verdict::suspect);
  reason.value = real_in(json, "value").value_or(0);
  reason.limit = real_in(json, "limit").value_or(0);
  reason.unit = text_in(json, "unit").value_or("");
  reason.stage = static_cast<uint32_t>(count_in(json, "stage").value_or(0));
  reason.detail = text_in(json, "detail").value_or("");
  return reason;
}

ShardHealth read_shard(JsonValue json) {
  ShardHealth shard;
  shard.shard = static_cast<uint32_t>(count_in(json, "shard").value_or(0));
  shard.cpu = static_cast<int>(integer_in(json, "cpu").value_or(-1));
  shard.busy = real_in(json, "busy").value_or(0);
  shard.enters = count_in(json, "enters").value_or(0);
  shard.completions = count_in(json, "completions").value_or(0);
  shard.overflow = count_in(json, "overflow").value_or(0);
  shard.buffers_exhausted = count_in(json, "buffers_exhausted").value_or(0);
  shard.stale = count_in(json, "stale").value_or(0);
  return shard;
}

PortPair read_pair(JsonValue json) {
  return {text_in(json, "source").value_or(""), text_in(json, "target").value_or(""),
          count_in(json, "used_peak").value_or(0), count_in(json, "time_wait_predicted").value_or(0),
          count_in(json, "time_wait_blocking").value_or(0)};
}

}  // namespace

std::expected<GeneratorHealth, std::string> read_health(JsonValue json) {
  GeneratorHealth h;
  h.verdict = verdict_of(text_in(json, "verdict").value_or(""));
  each_in(json, "reasons", [&](JsonValue item) { h.reasons.push_back(read_reason(item)); });
  if (const auto fd = member(json, "fd")) {
    h.fd = {count_in(*fd, "limit").value_or(0), count_in(*fd, "used_peak").value_or(0),
            count_in(*fd, "direct_limit").value_or(0), count_in(*fd, "direct_used_peak").value_or(0)};
  }
  if (const auto ports = member(json, "ports")) {
    h.ports = {count_in(*ports, "available").value_or(0), count_in(*ports, "used_peak").value_or(0),
               count_in(*ports, "time_wait_predicted").value_or(0), count_in(*ports, "time_wait_blocking").value_or(0),
               {}};
    each_in(*ports, "pairs", [&](JsonValue item) { h.ports.pairs.push_back(read_pair(item)); });
  }
  const std::pair<std::string_view, Samples GeneratorHealth::*> kSamples[] = {
      {"lag_us", &GeneratorHealth::lag}, {"receive_lag_us", &GeneratorHealth::receive_lag},
      {"loop_lag_us", &GeneratorHealth::loop_lag}};
  for (const auto& [key, samples] : kSamples) {
    const auto object = member(json, key);
    if (!object) continue;
    auto read = read_samples_us(*object);
    if (!read) return std::unexpected(std::string(key) + "." + read.error());
    h.*samples = std::move(*read);
  }
  each_in(json, "shards", [&](JsonValue item) { h.shards.push_back(read_shard(item)); });
  h.completions = count_in(json, "completions").value_or(0);
  h.overflow = count_in(json, "overflow").value_or(0);
  h.enters = count_in(json, "enters").value_or(0);
  if (const auto buffers = member(json, "buffers")) {
    h.buffers = count_in(*buffers, "count").value_or(0);
    h.buffers_used_peak = count_in(*buffers, "used_peak").value_or(0);
    h.buffers_exhausted = count_in(*buffers, "exhausted").value_or(0);
  }
  h.gen_errors = count_in(json, "gen_errors").value_or(0);
  if (const auto jsonl = member(json, "jsonl")) {
    h.jsonl_written = count_in(*jsonl, "written").value_or(0);
    h.jsonl_dropped = count_in(*jsonl, "dropped").value_or(0);
  }
  h.offered_share = real_in(json, "offered_share");
  h.wrong_bin_share = real_in(json, "wrong_bin_share");
  h.schedule_dispersion = real_in(json, "schedule_dispersion");
  h.steal = real_in(json, "steal");
  h.throttled = real_in(json, "throttled");
  h.other_load = real_in(json, "other_load");
  h.target_cpu = real_in(json, "target_cpu");
  h.ctx_switches_voluntary = count_in(json, "ctx_switches_voluntary");
  h.ctx_switches_involuntary = count_in(json, "ctx_switches_involuntary");
  h.retransmits = count_in(json, "retransmits");
  h.listen_overflows = count_in(json, "listen_overflows");
  h.memory_peak_bytes = count_in(json, "memory_peak_bytes");
  return h;
}

}  // namespace ringload::report
