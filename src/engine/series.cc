#include "engine/series.h"

#include <algorithm>

namespace ringload::engine {
namespace {

constexpr size_t kOpenSeconds = 4;  // shards report a little apart

int64_t figure_at(const stats::CoarseHistogram& values, double percentile) {
  return values.value_at_percentile(percentile).value_or(-1);
}

}  // namespace

void Series::begin_stage(uint32_t stage, Nanos run_began, Nanos warmup_end) {
  run_began_ = run_began;
  StageSeries& mine = stages_[stage];
  mine.warmup_end = warmup_end;
  mine.batches.resize((scenarios_ + 1) * kFigures);
  mine.so_far.resize(scenarios_ + 1);
}

void Series::add(unsigned shard, const stats::CoarseTick& tick) {
  const auto found = stages_.find(tick.stage);
  if (found == stages_.end()) return;
  StageSeries& mine = found->second;
  // A tick covers a second of the run, or what a stage's end left of it, as nearly as a timer can: its middle says which
  // that is. One that comes too late for its second counts in the oldest that is still open.
  const Nanos middle = tick.from + (tick.at - tick.from) / 2;
  int64_t second = std::max<int64_t>(0, (middle - run_began_) / kSecond);
  if (!done_.empty()) second = std::max(second, done_.back().t + 1);
  auto& slot = open_[second];
  if (!slot) slot = std::make_unique<Second>();
  slot->stage = std::max(slot->stage, tick.stage);
  slot->sum.add(tick);
  auto& gauge = slot->in_flight[shard];
  if (tick.at > gauge.at) gauge = {tick.at, 0};
  if (tick.at == gauge.at) gauge.value += tick.in_flight;
  while (open_.size() > kOpenSeconds) fold();

  if (tick.warmup) return;
  mine.so_far[tick.scenario].add(tick);
  mine.so_far[scenarios_].add(tick);

  if (tick.at <= mine.warmup_end) return;
  const auto steady = static_cast<uint32_t>(std::max<Nanos>(0, middle - mine.warmup_end) / kSecond);
  for (const uint32_t row : {tick.scenario, scenarios_}) {
    const auto put = [&](Figure figure, const stats::CoarseHistogram& values) {
      if (!values.empty()) mine.batches[row * kFigures + static_cast<unsigned>(figure)].add(steady, values);
    };
    put(Figure::latency, tick.latency);
    put(Figure::service, tick.service);
    put(Figure::ttfb, tick.ttfb);
    put(Figure::ttft, tick.ttft);
  }
}

void Series::fold() {
  const auto first = open_.begin();
  done_.push_back(point_of(first->first, *first->second));
  open_.erase(first);
}

SeriesPoint Series::point_of(int64_t second, const Second& s) const {
  SeriesPoint point;
  point.t = second;
  point.stage = s.stage;
  point.scheduled = s.sum.scheduled;
  point.sent = s.sum.sent;
  point.ok = s.sum.ok;
  point.failed = s.sum.failed;
  for (const auto& [shard, gauge] : s.in_flight) point.in_flight += gauge.value;
  point.lag_p99_us = figure_at(s.sum.lag, 99);
  point.latency_p50_us = figure_at(s.sum.latency, 50);
  point.latency_p99_us = figure_at(s.sum.latency, 99);
  point.ttft_p50_us = figure_at(s.sum.ttft, 50);
  point.ttft_p99_us = figure_at(s.sum.ttft, 99);
  point.prompt_tokens = s.sum.prompt_tokens;
  point.completion_tokens = s.sum.completion_tokens;
  return point;
}

std::vector<SeriesPoint> Series::points() const {
  std::vector<SeriesPoint> all = done_;
  for (const auto& [second, s] : open_) all.push_back(point_of(second, *s));
  return all;
}

StageTenth Series::tenth(uint32_t stage, uint32_t which, uint32_t window_seconds) const {
  StageTenth tenth;
  const stats::CoarseHistogram latency = batches(stage, scenarios_, Figure::latency).batch(which, window_seconds);
  const stats::CoarseHistogram ttft = batches(stage, scenarios_, Figure::ttft).batch(which, window_seconds);
  tenth.latency_p50_us = latency.value_at_percentile(50);
  tenth.latency_p99_us = latency.value_at_percentile(99);
  tenth.ttft_p50_us = ttft.value_at_percentile(50);
  tenth.ttft_p99_us = ttft.value_at_percentile(99);
  // Every tenth has as many whole seconds, so that counts can be compared.
  const uint32_t seconds = window_seconds / stats::kBatches;
  const int64_t from = (stages_.at(stage).warmup_end - run_began_) / kSecond +
                       int64_t{which} * (window_seconds - seconds) / (stats::kBatches - 1);
  for (const SeriesPoint& point : points()) {
    if (point.stage != stage || point.t < from || point.t >= from + seconds) continue;
    tenth.ok += point.ok;
    tenth.failed += point.failed;
  }
  return tenth;
}

const stats::CoarseTick* Series::latest() const {
  return open_.empty() ? nullptr : &open_.rbegin()->second->sum;
}

}  // namespace ringload::engine
