#include "report/health_json.h"

#include <algorithm>

#include "report/enum_names.h"
#include "report/stat_json.h"

namespace ringload::report {
namespace {

void write_reason(JsonOut& out, const HealthReason& reason) {
  out.begin_object().flat(true);
  out.key("sign").string(reason.sign).key("severity").string(name_of(reason.severity));
  out.key("value").exact(reason.value).key("limit").exact(reason.limit).key("unit").string(reason.unit).key("stage");
  reason.stage == 0 ? out.null() : out.number(uint64_t{reason.stage});
  out.key("detail").string(reason.detail).end_object().flat(false);
}

void write_shard(JsonOut& out, const ShardHealth& shard) {
  out.begin_object().flat(true).key("shard").number(uint64_t{shard.shard}).key("cpu");
  shard.cpu < 0 ? out.null() : out.number(int64_t{shard.cpu});
  out.key("busy").exact(shard.busy).key("enters").number(shard.enters).key("completions").number(shard.completions);
  out.key("overflow").number(shard.overflow).key("buffers_exhausted").number(shard.buffers_exhausted);
  out.key("stale").number(shard.stale).end_object().flat(false);
}

// Loopback targets may have hundreds of sources, all used alike.
constexpr size_t kMostPairs = 16;

void write_ports(JsonOut& out, const PortHealth& ports) {
  const auto counts = [&](const auto& of) {
    out.key("used_peak").number(of.used_peak).key("time_wait_predicted").number(of.time_wait_predicted);
    out.key("time_wait_blocking").number(of.time_wait_blocking);
  };
  out.begin_object().key("available").number(ports.available);
  counts(ports);
  out.key("pairs").begin_array();
  for (size_t i = 0; i < std::min(ports.pairs.size(), kMostPairs); ++i) {
    const PortPair& pair = ports.pairs[i];
    out.begin_object().flat(true).key("source");
    pair.source.empty() ? out.null() : out.string(pair.source);
    out.key("target").string(pair.target);
    counts(pair);
    out.end_object().flat(false);
  }
  out.end_array().end_object();
}

}  // namespace

void write_health(JsonOut& out, const GeneratorHealth& h) {
  const auto count = [&](std::string_view key, std::optional<uint64_t> value) {
    out.key(key);
    value ? out.number(*value) : out.null();
  };
  out.begin_object().key("verdict");
  h.verdict ? out.string(name_of(*h.verdict)) : out.null();
  out.key("reasons").begin_array();
  for (const HealthReason& reason : h.reasons) write_reason(out, reason);
  out.end_array();
  out.key("fd").begin_object().flat(true);
  out.key("limit").number(h.fd.limit).key("used_peak").number(h.fd.used_peak);
  out.key("direct_limit").number(h.fd.direct_limit).key("direct_used_peak").number(h.fd.direct_used_peak);
  out.end_object().flat(false);
  out.key("ports");
  write_ports(out, h.ports);
  out.key("lag_us");
  write_samples_us(out, h.lag);
  out.key("receive_lag_us");
  write_samples_us(out, h.receive_lag);
  out.key("loop_lag_us");
  write_samples_us(out, h.loop_lag);
  out.key("busy").begin_array().flat(true);
  for (const ShardHealth& shard : h.shards) out.exact(shard.busy);
  out.end_array().flat(false);
  out.key("shards").begin_array();
  for (const ShardHealth& shard : h.shards) write_shard(out, shard);
  out.end_array();
  out.key("completions").number(h.completions).key("overflow").number(h.overflow).key("enters").number(h.enters);
  out.key("buffers").begin_object().flat(true);
  out.key("count").number(h.buffers).key("used_peak").number(h.buffers_used_peak);
  out.key("exhausted").number(h.buffers_exhausted).end_object().flat(false);
  out.key("gen_errors").number(h.gen_errors);
  out.key("jsonl").begin_object().flat(true);
  out.key("written").number(h.jsonl_written).key("dropped").number(h.jsonl_dropped).end_object().flat(false);
  out.key("offered_share").exact(h.offered_share).key("wrong_bin_share").exact(h.wrong_bin_share);
  out.key("schedule_dispersion").exact(h.schedule_dispersion).key("steal").exact(h.steal);
  out.key("throttled").exact(h.throttled);
  out.key("other_load").exact(h.other_load).key("target_cpu").exact(h.target_cpu);
  count("ctx_switches_voluntary", h.ctx_switches_voluntary);
  count("ctx_switches_involuntary", h.ctx_switches_involuntary);
  count("retransmits", h.retransmits);
  count("listen_overflows", h.listen_overflows);
  count("memory_peak_bytes", h.memory_peak_bytes);
  out.end_object();
}

}  // namespace ringload::report
