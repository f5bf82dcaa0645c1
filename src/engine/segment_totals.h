// The results of each prompt size, summed up over the stages of a run.
#pragma once
#include <vector>

#include "load/workload.h"
#include "ringload/result.h"
#include "stats/recorder.h"

namespace ringload::engine {

class SegmentTotals {
 public:
  explicit SegmentTotals(const load::Workload& workload);  // which must outlive it

  // One stage, merged over the shards: a row for each of the workload's segments.
  void add(const stats::Recorder& stage, double window_s);
  // Sizes that no request had are left out; two entries of one size and scenario are one.
  std::vector<SizeSegment> segments() const;

 private:
  std::vector<SizeSegment> rows_;
  std::vector<const Price*> prices_;  // by row; null: the model has none
};

}  // namespace ringload::engine
