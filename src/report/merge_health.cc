#include <algorithm>
#include <cmath>

#include "report/figures.h"
#include "report/merge.h"

namespace ringload::report {
namespace {

template <class T, class Join>
void join(std::optional<T>& into, const std::optional<T>& from, Join better) {
  if (from) into = into ? better(*into, *from) : *from;
}

double used_share(uint64_t used, uint64_t of) {
  return of == 0 ? 0 : static_cast<double>(used) / static_cast<double>(of);
}

}  // namespace

void merge_health(GeneratorHealth& into, const GeneratorHealth& from, const std::string& host) {
  join(into.verdict, from.verdict, [](Verdict a, Verdict b) { return std::max(a, b); });
  for (HealthReason reason : from.reasons) {
    reason.detail = host + (reason.detail.empty() ? "" : ": " + reason.detail);
    into.reasons.push_back(std::move(reason));
  }
  // Of limits, the host that came closest to its own.
  if (used_share(from.fd.used_peak, from.fd.limit) >= used_share(into.fd.used_peak, into.fd.limit)) into.fd = from.fd;
  if (used_share(from.ports.used_peak, from.ports.available) >= used_share(into.ports.used_peak, into.ports.available))
    into.ports = from.ports;
  add_samples(into.lag, from.lag);
  add_samples(into.receive_lag, from.receive_lag);
  add_samples(into.loop_lag, from.loop_lag);
  for (ShardHealth shard : from.shards) {
    shard.shard = static_cast<uint32_t>(into.shards.size());
    into.shards.push_back(shard);
  }
  into.completions += from.completions;
  into.overflow += from.overflow;
  into.buffers += from.buffers;
  into.buffers_used_peak += from.buffers_used_peak;
  into.buffers_exhausted += from.buffers_exhausted;
  into.enters += from.enters;
  into.gen_errors += from.gen_errors;
  into.jsonl_written += from.jsonl_written;
  into.jsonl_dropped += from.jsonl_dropped;
  const auto least = [](double a, double b) { return std::min(a, b); };
  const auto most = [](double a, double b) { return std::max(a, b); };
  const auto sum = [](auto a, auto b) { return a + b; };
  join(into.offered_share, from.offered_share, least);
  join(into.wrong_bin_share, from.wrong_bin_share, most);
  join(into.schedule_dispersion, from.schedule_dispersion,
       [](double a, double b) { return std::fabs(b - 1) > std::fabs(a - 1) ? b : a; });
  join(into.steal, from.steal, most);
  join(into.other_load, from.other_load, most);
  join(into.throttled, from.throttled, most);
  join(into.target_cpu, from.target_cpu, most);  // every host watched the same process
  join(into.ctx_switches_voluntary, from.ctx_switches_voluntary, sum);
  join(into.ctx_switches_involuntary, from.ctx_switches_involuntary, sum);
  join(into.retransmits, from.retransmits, sum);
  join(into.listen_overflows, from.listen_overflows, sum);
  join(into.memory_peak_bytes, from.memory_peak_bytes, sum);
}

}  // namespace ringload::report
