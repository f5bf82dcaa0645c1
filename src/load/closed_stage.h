// Closed stages as a pure function: which virtual user runs which scenario, and when.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "ringload/profile.h"

namespace ringload::load {

struct ClosedUser {
  uint32_t scenario = 0;
  uint32_t deal = 0;         // shard = deal mod shards: spreads each scenario's users over all shards
  Nanos from = 0;            // since the stage's start: begins its first conversation
  Nanos until = kNever;      // since the stage's start: begins nothing from here on; kNever: the stage's own end
};

// Every user that is ever active, by number. Users have scenarios in the proportion of `weights` (largest remainder),
// and so, as nearly as can be, has every first part of them: a ramp keeps the mix at every level.
std::vector<ClosedUser> closed_users(const Stage& stage, std::span<const double> weights);

// Users active at `t` since the stage's start: the ramp's line, rounded to the nearest whole number.
uint32_t closed_level(const Stage& stage, Nanos t);

// How many of `count` go to each weight, by largest remainder; equal remainders favour the earlier.
std::vector<uint32_t> largest_remainder(uint32_t count, std::span<const double> weights);

}  // namespace ringload::load
