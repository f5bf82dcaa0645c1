// Drawing random durations.
#pragma once
#include "base/prng.h"
#include "base/time.h"
#include "ringload/profile.h"

namespace ringload::load {

// At least 0, at most a year.
Nanos draw_duration(const RandomDuration& from, Prng& prng);

}  // namespace ringload::load
