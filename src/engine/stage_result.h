// From what shards recorded to the result that reports are made of.
#pragma once
#include <memory>
#include <vector>

#include "engine/capacity.h"
#include "engine/coordinator.h"
#include "engine/series.h"
#include "load/workload.h"
#include "ringload/result.h"
#include "ringload/run.h"

namespace ringload::engine {

Progress progress_of(const Series& series, const Stage& stage, uint32_t number, Nanos start, Nanos at);

StageResult stage_result(const load::Workload& workload, const Stage& stage, const StageOutcome& outcome,
                         const Series& series);

// Adds the stages up into the run's aggregate and conservation; what is no part of a stage is the caller's.
void aggregate_stages(RunResult& result);

}  // namespace ringload::engine
