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

  // Begins a stage; `run_began` is second 0 of the series.
  void begin_stage(uint32_t stage, Nanos run_began, Nanos warmup_end);
  void add(unsigned shard, const stats::CoarseTick& tick);
  // Seconds that no tick belongs to any more; the last of a stage is complete when the stage is.
  std::vector<SeriesPoint> points() const;

  // The latest second that every shard has reported, for progress; -1 before there is one.
  const stats::CoarseTick* latest() const;

  // What ended in the steady part of the present stage until now; index `scenarios` is the total.
  const stats::CoarseTick& so_far(uint32_t row) const { return so_far_[row]; }

  // Batches of the present stage; index `scenarios` is the total.
  enum class Figure : uint8_t { latency, service, ttfb, ttft };
  static constexpr unsigned kFigures = 4;
  const stats::BatchSeries& batches(uint32_t row, Figure figure) const {
    return batches_[row * kFigures + static_cast<unsigned>(figure)];
  }

 private:
  struct Second {
    uint32_t stage = 0;
    stats::CoarseTick sum;
    std::map<unsigned, uint64_t> in_flight;  // by shard, the latest
  };
  SeriesPoint point_of(int64_t second, const Second& s) const;
  void fold();

  uint32_t scenarios_;
  uint32_t stage_ = 0;
  Nanos run_began_ = 0;
  Nanos warmup_end_ = 0;
  std::vector<SeriesPoint> done_;
  std::map<int64_t, std::unique_ptr<Second>> open_;  // the last few seconds
  std::vector<stats::BatchSeries> batches_;
  std::vector<stats::CoarseTick> so_far_;
};

}  // namespace ringload::engine
