#include "engine/stage_result.h"

#include <algorithm>
#include <numeric>

#include "engine/spending.h"
#include "load/closed_stage.h"
#include "report/figures.h"
#include "report/from_recorder.h"
#include "stats/interval.h"

namespace ringload::engine {
namespace {

void add_intervals(Samples& samples, const stats::BatchSeries& batches, double window_s) {
  for (const double quantile : {0.5, 0.9, 0.95, 0.99, 0.999}) {
    const auto interval = stats::percentile_interval(samples.values, samples.censored, quantile * 100, batches,
                                                     static_cast<uint32_t>(window_s));
    if (!interval) continue;
    samples.intervals.push_back({quantile, interval->low, interval->high.value_or(-1), interval->correlated});
  }
}

void add_intervals(Stat& stat, const Series& series, uint32_t stage, uint32_t row) {
  using enum Series::Figure;
  add_intervals(stat.latency, series.batches(stage, row, latency), stat.window_s);
  add_intervals(stat.service, series.batches(stage, row, service), stat.window_s);
  add_intervals(stat.ttfb, series.batches(stage, row, ttfb), stat.window_s);
  add_intervals(stat.ttft, series.batches(stage, row, ttft), stat.window_s);
}

std::string_view name_of(Shape shape) {
  switch (shape) {
    case Shape::none: return "";
    case Shape::spike: return "spike";
    case Shape::burst: return "burst";
    case Shape::sustained: return "sustained";
    case Shape::sine: return "sine";
  }
  return "";
}

}  // namespace

Progress progress_of(const Series& series, const Stage& stage, uint32_t number, Nanos start, Nanos at) {
  Progress progress;
  progress.stage = number;
  progress.stage_elapsed_s = static_cast<double>(at - start) / kSecond;
  progress.stage_duration_s = static_cast<double>(stage.duration_ns) / kSecond;
  progress.warmup = at - start < stage.warmup_ns;
  progress.draining = at - start > stage.duration_ns;
  for (const SeriesPoint& point : series.points()) {
    if (point.stage != number) continue;
    progress.ok += point.ok;
    progress.failed += point.failed;
    progress.rps = static_cast<double>(point.ok + point.failed);
    progress.in_flight = point.in_flight;
    const auto told = [](int64_t us) { return us < 0 ? std::nullopt : std::optional<int64_t>(us); };
    progress.latency_p50_us = told(point.latency_p50_us);
    progress.latency_p99_us = told(point.latency_p99_us);
    progress.ttft_p50_us = told(point.ttft_p50_us);
  }
  return progress;
}

StageResult stage_result(const load::Workload& workload, const Stage& stage, const StageOutcome& outcome,
                         const Series& series) {
  StageResult result;
  result.stage = outcome.plan.number;
  result.kind = stage.loop == Loop::open ? StageKind::open : StageKind::closed;
  result.shape = name_of(stage.shape);
  result.from = stage.legs.front().from;
  result.to = stage.legs.back().to;
  result.duration_s = static_cast<double>(stage.duration_ns) / kSecond;
  result.max_requests = static_cast<uint64_t>(stage.max_requests);
  result.warmup_s = static_cast<double>(stage.warmup_ns) / kSecond;
  result.window_s = static_cast<double>(std::max<Nanos>(0, outcome.window_end - outcome.plan.warmup_end)) / kSecond;
  result.complete = !outcome.stopped;
  result.conservation = report::conservation_from(outcome.recorder);
  result.conservation.abandoned = outcome.abandoned;
  result.lag.values = outcome.recorder.shard().sched_lag;

  const auto scenarios = workload.scenarios();
  std::vector<double> weights;
  for (const load::ScenarioPlan& plan : scenarios) weights.push_back(plan.scenario->weight);
  const double weight_sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const auto users = static_cast<uint32_t>(stage.peak());
  const bool open = stage.loop == Loop::open;
  const std::vector<uint32_t> shares = load::largest_remainder(open ? 0 : users, weights);
  if (open) {
    switch (stage.arrival) {
      case Arrival::poisson: result.arrival = ArrivalKind::poisson; break;
      case Arrival::constant: result.arrival = ArrivalKind::constant; break;
      case Arrival::gamma: result.arrival = ArrivalKind::gamma; break;
    }
    result.burstiness = stage.burstiness;
  }
  bool any_slo = false, any_stream = false;
  for (uint32_t i = 0; i < scenarios.size(); ++i) {
    Stat stat = report::stat_from(outcome.recorder, i, result.window_s);
    stat.label = scenarios[i].scenario->name;
    stat.share = weights[i] / weight_sum;
    stat.planned = open ? stage.mean_level() * stat.share : shares[i];
    stat.has_stream = scenarios[i].stream;
    stat.has_slo = scenarios[i].scenario->slo.any();
    if (const Price* price = price_of(workload.profile(), *scenarios[i].scenario))
      stat.cost_usd = cost_usd(*price, static_cast<double>(stat.prompt_tokens), static_cast<double>(stat.cached_tokens),
                               static_cast<double>(stat.completion_tokens));
    any_slo = any_slo || stat.has_slo;
    any_stream = any_stream || stat.has_stream;
    add_intervals(stat, series, result.stage, i);
    result.scenarios.push_back(std::move(stat));
  }
  result.total = report::total_from(outcome.recorder, result.window_s);
  result.total.label = "total";
  result.total.share = 1;
  result.total.planned = open ? stage.mean_level() : users;
  result.total.has_slo = any_slo;
  if (all_priced(workload.profile())) {
    result.total.cost_usd = 0;
    for (const Stat& stat : result.scenarios) *result.total.cost_usd += stat.cost_usd.value_or(0);
  }
  result.total.has_stream = any_stream;
  result.total.reply_truncated = outcome.reply_truncated;
  add_intervals(result.total, series, result.stage, static_cast<uint32_t>(scenarios.size()));
  const auto window = static_cast<uint32_t>(result.window_s);
  if (stage.shape == Shape::sustained && window >= stats::kBatches)
    result.drift = {series.tenth(result.stage, 0, window), series.tenth(result.stage, stats::kBatches - 1, window)};
  return result;
}

void aggregate_stages(RunResult& result) {
  result.aggregate = Stat{};
  result.aggregate.label = "aggregate";
  for (const StageResult& stage : result.stages) {
    report::add_stat(result.aggregate, stage.total);
    report::add_conservation(result.conservation, stage.conservation);
  }
}

}  // namespace ringload::engine
