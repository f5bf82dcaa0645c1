#include "experiment/knee.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>

namespace ringload::experiment {
namespace {

int64_t now_ns() {
  timespec at{};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1'000'000'000 + at.tv_nsec;
}

}  // namespace

Spoiled spoiled_by(const BlockCounts& counts, const Disturbance::Reading& reading, int64_t bound_ns) {
  constexpr double kBusy = 0.80, kTooBusy = 0.95;
  const auto ms = [](int64_t ns) { return static_cast<double>(ns) / 1e6; };
  constexpr double kSlight = 0.10;
  if (Disturbed others = disturbed_by(reading); !others.why.empty())
    return {true, false, std::move(others.why), others.share <= kSlight};
  if (counts.gen_errors * 10'000 > counts.requests)
    return {false, true, fmt::format("{} requests failed for want of descriptors, ports or memory", counts.gen_errors)};
  if (counts.busiest_shard > kTooBusy)
    return {false, true, fmt::format("a shard was busy {:.0f} % of the time", 100 * counts.busiest_shard)};
  // Lateness is measured by what it could spoil: the target's own time, and the bound.
  const int64_t late = std::max({int64_t{1'000'000}, counts.ttfb_p50_ns / 2, bound_ns / 20});
  if (counts.lag_p99_ns > late) {
    const bool own = counts.busiest_shard > kBusy;
    return {!own, own, fmt::format("1 % of the sends were more than {:.1f} ms late", ms(counts.lag_p99_ns))};
  }
  if (counts.loop_gap_ns > std::max<int64_t>(5'000'000, bound_ns / 5))
    return {true, false, fmt::format("a shard did not look for {:.0f} ms", ms(counts.loop_gap_ns))};
  return {};
}

bool search_knee(Session& session, const KneeRun& run, KneeReport& report) {
  KneeSearch search(run.search, report.bounds);
  uint32_t number = 0;
  for (const KneeStep& step : run.resumed.steps) {
    search.add(step.counts, step.spoiled);
    number = std::max(number, step.counts.number);
  }
  report.ends = run.resumed.ends;
  report.readings = run.resumed.readings;
  const int64_t began = now_ns();
  Disturbance disturbance(run.target_pid);
  uint64_t requests = 0;
  bool budget_spent = false;
  BlockRun blocks;
  for (const KneeBound& bound : report.bounds) blocks.bounds.push_back(bound.bound);
  blocks.arrival = run.arrival;
  blocks.first_number = number + 1;
  blocks.next = [&](const BlockCounts* last) -> std::optional<LoadBlock> {
    if (last != nullptr) {
      const Disturbance::Reading reading = disturbance.since_last();
      report.readings[last->number] = reading;
      search.add(*last, spoiled_by(*last, reading, run.search.tail_ns));
      requests += last->requests;
      if (run.on_step) run.on_step(search.steps().back());
    } else {
      disturbance.since_last();
    }
    auto block = search.next(run.time_limit_ns - (now_ns() - began));
    if (!block) return block;
    if (static_cast<double>(requests) + block->rate * static_cast<double>(block->duration_ns()) / 1e9 >
        static_cast<double>(run.most_requests)) {
      budget_spent = true;
      return std::nullopt;
    }
    return block;
  };
  blocks.on_ended = [&](const BlockEnd& end) { report.ends[end.number] = end; };
  session.run_blocks(blocks);
  report.steps = search.steps();
  report.answer = search.answer();
  report.elapsed_s = static_cast<double>(now_ns() - began) / 1e9;
  return budget_spent;
}

}  // namespace ringload::experiment
