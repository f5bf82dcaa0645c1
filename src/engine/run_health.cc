#include "engine/run_health.h"

#include <algorithm>
#include <string>

#include "engine/port_health.h"
#include "engine/stage_signs.h"
#include "health/verdict.h"

namespace ringload::engine {
namespace {

// The verdict on the generator, from the signs of every stage and of the run.
void judge_health(RunResult& result, const HealthSources& sources) {
  GeneratorHealth& health = result.health;
  health::HealthInputs inputs;
  inputs.stages.assign(sources.signs.begin(), sources.signs.end());
  inputs.completions = health.completions;
  inputs.overflow = health.overflow;
  inputs.buffers_exhausted = health.buffers_exhausted;
  inputs.jsonl_dropped = health.jsonl_dropped;
  inputs.reply_truncated = result.aggregate.reply_truncated;
  inputs.steal = health.steal;
  inputs.other_load = health.other_load;
  inputs.throttled = health.throttled;
  inputs.max_in_flight = sources.capacity.in_flight;
  inputs.max_in_flight_reason = in_flight_limit(sources.capacity);
  uint64_t starts = 0, offered = 0, wrong = 0, binned = 0;
  for (const health::StageSigns& stage : sources.signs) {
    if (!stage.open) continue;
    starts += stage.starts_scheduled;
    offered += stage.starts_offered;
    wrong += stage.wrong_bin;
    binned += stage.binned;
    if (stage.audit && stage.audit->dispersion) health.schedule_dispersion = stage.audit->dispersion;
  }
  if (starts > 0) health.offered_share = static_cast<double>(offered) / static_cast<double>(starts);
  if (binned > 0) health.wrong_bin_share = static_cast<double>(wrong) / static_cast<double>(binned);
  if (sources.signs.empty()) return;
  health::Judgement judgement = health::judge(inputs);
  health.verdict = judgement.verdict;
  health.reasons = std::move(judgement.reasons);
  result.notes.insert(result.notes.end(), judgement.notes.begin(), judgement.notes.end());
}

}  // namespace

void describe_health(RunResult& result, const HealthSources& sources) {
  GeneratorHealth& health = result.health;
  const HostLimits limits = HostLimits::read();
  health.fd.limit = limits.open_files_soft;
  health.fd.used_peak = sources.watch.files_peak();
  health.ports = port_health(sources.threads, sources.addresses, limits);
  if (health.ports.used_peak + health.ports.time_wait_blocking > health.ports.available)
    result.warnings.push_back("connections to " + health.ports.pairs.front().target + " are closed so fast that within "
                              "a minute TIME_WAIT would hold " + std::to_string(health.ports.time_wait_blocking) +
                              " of the " + std::to_string(health.ports.available) + " local ports: keep connections "
                              "alive, or add --source-ip, net.ipv4.tcp_tw_reuse=1 or a wider ip_local_port_range");
  for (const auto& thread : sources.threads) {
    Shard& shard = thread->shard();
    const net::StreamCounters& streams = shard.client().stream_counters();
    const io::BufferRing& buffers = shard.client().buffers();
    ShardHealth row;
    row.shard = shard.options().index;
    row.cpu = thread->cpu();
    const ShardFigures& figures = shard.figures();
    row.busy = figures.stage_wall > 0
                   ? static_cast<double>(figures.stage_busy) / static_cast<double>(figures.stage_wall) : 0;
    row.enters = shard.ring().enters();
    row.completions = streams.completions;
    row.overflow = shard.ring().overflows();
    row.buffers_exhausted = streams.buffers_exhausted;
    row.stale = streams.stale_completions;
    health.shards.push_back(row);
    health.fd.direct_limit += shard.options().connections;
    health.fd.direct_used_peak += streams.open_peak;
    health.loop_lag.values.add(shard.loop_lag());
    health.completions += row.completions;
    health.overflow += row.overflow;
    health.enters += row.enters;
    health.buffers += buffers.count();
    health.buffers_used_peak += buffers.out_peak();
    health.buffers_exhausted += row.buffers_exhausted;
  }
  health.lag.values.add(sources.lag);
  health.receive_lag.values.add(sources.receive_lag);
  for (const auto error :
       {ErrorClass::gen_fd_exhaustion, ErrorClass::gen_port_exhaustion, ErrorClass::gen_overload})
    health.gen_errors += result.aggregate.errors[static_cast<size_t>(error)];
  health.gen_errors -= std::min(health.gen_errors, result.aggregate.shed);  // told apart
  if (sources.jsonl != nullptr) {
    health.jsonl_written = sources.jsonl->written();
    health.jsonl_dropped = sources.jsonl->dropped();
    if (!sources.jsonl->error().empty())
      result.warnings.push_back("the JSONL stopped after " + std::to_string(sources.jsonl->written()) + " lines: " +
                                sources.jsonl->error() + "; the run went on");
  }
  health.steal = sources.watch.steal();
  health.other_load = sources.watch.other_load();
  health.throttled = sources.watch.throttled();
  judge_health(result, sources);
  health.ctx_switches_voluntary = sources.watch.switches_voluntary();
  health.ctx_switches_involuntary = sources.watch.switches_involuntary();
  health.retransmits = sources.watch.retransmits();
  health.listen_overflows = sources.watch.listen_overflows();
  health.memory_peak_bytes = sources.watch.memory_peak_bytes();
}

void describe_connections(ConnectionFigures& connections, std::span<const std::unique_ptr<ShardThread>> threads) {
  uint64_t opened = 0, handshakes = 0, resumed = 0;
  for (const auto& thread : threads) {
    const net::Client& client = thread->shard().client();
    opened += client.stream_counters().opened;
    handshakes += client.counters().handshakes;
    resumed += client.counters().resumed;
  }
  connections.opened = opened;
  connections.tls_handshakes = handshakes;
  connections.tls_resumed = resumed;
}

}  // namespace ringload::engine
