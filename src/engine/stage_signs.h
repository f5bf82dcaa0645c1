// From what a stage recorded to the signs that the verdict on the generator judges.
#pragma once
#include "engine/capacity.h"
#include "engine/coordinator.h"
#include "health/verdict.h"
#include "ringload/result.h"

namespace ringload::engine {

health::StageSigns stage_signs(const Stage& stage, const StageOutcome& outcome, const StageResult& result);

health::InFlightLimit in_flight_limit(const Capacity& capacity);

}  // namespace ringload::engine
