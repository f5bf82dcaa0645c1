#include "engine/stage_signs.h"

#include <string_view>

#include "load/schedule.h"
#include "report/figures.h"

namespace ringload::engine {
namespace {

std::optional<int64_t> percentile(const Histogram& values, double p) {
  if (values.empty()) return std::nullopt;
  return values.value_at_percentile(p);
}

// The middle of the gaps above 0.
std::optional<int64_t> median_of_real_gaps(const Histogram& gaps) {
  const uint64_t zeros = gaps.total() - gaps.count_above(0);
  const uint64_t real = gaps.total() - zeros;
  if (real == 0) return std::nullopt;
  const double rank = static_cast<double>(zeros) + static_cast<double>(real) / 2;
  return gaps.value_at_percentile(100 * rank / static_cast<double>(gaps.total()));
}

}  // namespace

health::StageSigns stage_signs(const Stage& stage, const StageOutcome& outcome, const StageResult& result) {
  health::StageSigns signs;
  signs.number = result.stage;
  signs.open = stage.loop == Loop::open;
  const stats::ShardRecord& shard = outcome.recorder.shard();
  signs.sched_lag_p99 = percentile(shard.sched_lag, 99);
  signs.receive_lag_p99 = percentile(shard.receive_lag, 99);
  const Stat& total = result.total;
  signs.ttfb_p50 = report::percentile_of(total.ttfb, 50);
  signs.ttft_p50 = report::percentile_of(total.ttft, 50);
  if (const Histogram& gaps = total.itl.values; !gaps.empty()) {
    signs.coalesced = 1 - static_cast<double>(gaps.count_above(0)) / static_cast<double>(gaps.total());
    signs.itl_p50 = median_of_real_gaps(gaps);
  }
  signs.starts_scheduled = outcome.starts;
  signs.starts_offered = outcome.starts_in_time;
  signs.requests = result.conservation.scheduled;
  signs.shed = result.conservation.shed;
  const auto errors = [&](ErrorClass error) { return total.errors[static_cast<size_t>(error)]; };
  signs.gen_fd_errors = errors(ErrorClass::gen_fd_exhaustion);
  signs.gen_port_errors = errors(ErrorClass::gen_port_exhaustion);
  const uint64_t overload = errors(ErrorClass::gen_overload);
  signs.gen_overload_errors = overload > total.shed ? overload - total.shed : 0;
  signs.wrong_bin = outcome.sent_in_wrong_bin;
  signs.binned = outcome.sent_first;
  for (uint32_t i = 0; i < outcome.busy.size(); ++i) {
    const StageOutcome::Busy& busy = outcome.busy[i];
    if (busy.wall <= 0) continue;
    signs.busy.push_back({i, static_cast<double>(busy.busy) / static_cast<double>(busy.wall),
                          busy.seconds > 0 ? static_cast<double>(busy.seconds_above_95) / busy.seconds : 0});
  }
  // A stage that was cut short has fewer starts than its plan, rightly.
  if (signs.open && !outcome.stopped && stage.max_requests == 0 && !outcome.intended_bins.empty())
    signs.audit = health::audit_arrivals(outcome.intended_bins, outcome.expected_bins, result.arrival, stage.burstiness);
  return signs;
}

health::InFlightLimit in_flight_limit(const Capacity& capacity) {
  const std::string_view limit = capacity.in_flight_limit;
  if (limit == "files") return health::InFlightLimit::fd;
  if (limit == "ports") return health::InFlightLimit::ports;
  if (limit == "max_in_flight") return health::InFlightLimit::user;
  return health::InFlightLimit::timeout;
}

}  // namespace ringload::engine
