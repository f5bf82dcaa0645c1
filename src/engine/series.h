// The run second by second, from what the shards hand over: the series of the summary, the live view, and the batches
// behind confidence intervals.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/time.h"
#include "ringload/result.h"
#include "stats/batches.h"
#include "stats/coarse.h"

namespace ringload::engine {

class Series {
 public:
  explicit Series(uint32_t scenarios) : scenarios_(scenarios) {}

  // Begins a stage; `run_began` is second 0 of the series. Open stages may overlap while the earlier one drains.
  void begin_stage(uint32_t stage, Nanos run_began, Nanos warmup_end);
  // What was kept for the stage's intervals goes.
  void end_stage(uint32_t stage) { stages_.erase(stage); }
  void add(unsigned shard, const stats::CoarseTick& tick);
  // Seconds that no tick belongs to any more; the last of a stage is complete when the stage is.
  std::vector<SeriesPoint> points() const;

  // The latest second that every shard has reported, for progress; -1 before there is one.
  const stats::CoarseTick* latest() const;

  // What ended in the steady part of the stage that began last until now; index `scenarios` is the total. Only between
  // its begin_stage and end_stage.
  const stats::CoarseTick& so_far(uint32_t row) const { return stages_.rbegin()->second.so_far[row]; }
  bool running() const { return !stages_.empty(); }

  // Batches of a stage that has not been ended; index `scenarios` is the total.
  enum class Figure : uint8_t { latency, service, ttfb, ttft };
  static constexpr unsigned kFigures = 4;
  const stats::BatchSeries& batches(uint32_t stage, uint32_t row, Figure figure) const {
    return stages_.at(stage).batches[row * kFigures + static_cast<unsigned>(figure)];
  }
  // A tenth of the steady window of such a stage, which had 10 seconds or more; `which` from 0.
  StageTenth tenth(uint32_t stage, uint32_t which, uint32_t window_seconds) const;

 private:
  struct Second {
    uint32_t stage = 0;
    stats::CoarseTick sum;
    struct Gauge {
      Nanos at = -1;
      uint64_t value = 0;
    };
    std::map<unsigned, Gauge> in_flight;  // by shard, of its latest hand-over
  };
  SeriesPoint point_of(int64_t second, const Second& s) const;
  void fold();

  struct StageSeries {
    Nanos warmup_end = 0;
    std::vector<stats::BatchSeries> batches;
    std::vector<stats::CoarseTick> so_far;
  };

  uint32_t scenarios_;
  Nanos run_began_ = 0;
  std::vector<SeriesPoint> done_;
  std::map<int64_t, std::unique_ptr<Second>> open_;  // the last few seconds
  std::map<uint32_t, StageSeries> stages_;
};

}  // namespace ringload::engine
