// Open stages as a pure function of (seed, stage, lane, k): when each conversation should start. Fixed before the run,
// the same on any number of shards, and no clock in it.
//
// Lanes: 960 of them, lane l on shard l mod N. A Poisson stage of rate R is 960 independent Poisson processes of R/960
// (their sum is Poisson of R), so each shard draws only its own. Constant and gamma arrivals are one global sequence (a
// union of gamma processes is not gamma); its index i goes to lane i mod 960 as that lane's k = i / 960, and every shard
// walks the whole sequence and keeps its own.
//
// A changing rate is a change of time: draws are made at rate 1 and mapped through the inverse of the rate's integral,
// which is exact for straight lines.
#pragma once
#include <cstdint>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "ringload/profile.h"

namespace ringload::load {

inline constexpr uint32_t kLanes = 960;  // divisible by 1…6, 8, 10, 12, 15, 16, 20, 24, 30, 32: balanced shards

// The integral of a stage's rate: how many starts are expected by t.
class RateIntegral {
 public:
  // `scale`: starts per unit of the stage's level, > 0 (1 ÷ mean turns when the rate counts requests).
  RateIntegral(const Stage& stage, double scale);

  double total() const { return legs_.back().count_before; }
  double at(Nanos t) const;
  // The earliest t with at(t) ≥ count; kNever when the stage ends before. `hint` is where the last answer was found and
  // makes rising sequences cheap; start with 0.
  Nanos time_of(double count, uint32_t& hint) const;

 private:
  struct Line {
    double count_before = 0;  // integral up to its begin
    double rate = 0;          // starts per ns at its begin
    double slope = 0;         // per ns²
    Nanos begin = 0;
  };
  std::vector<Line> legs_;    // and one behind the last, which holds the sum and the stage's end
};

// An open stage, shared by all shards, immutable.
class OpenSchedule {
 public:
  // `number` is the stage's, from 1. `mean_turns` ≥ 1 of the workload's conversations.
  OpenSchedule(const Stage& stage, uint32_t number, uint64_t seed, double mean_turns);

  const RateIntegral& integral() const { return integral_; }
  Arrival arrival() const { return arrival_; }
  double burstiness() const { return burstiness_; }
  // Conversation starts that the stage should have, on average over seeds (constant arrivals: exactly, rounded up).
  double expected() const { return integral_.total(); }
  uint64_t lane_seed(uint32_t lane) const;
  uint64_t sequence_seed() const;

 private:
  RateIntegral integral_;
  Arrival arrival_;
  double burstiness_;
  uint64_t seed_;
  uint32_t number_;
};

struct ConversationStart {
  Nanos at = kNever;   // since the stage's start
  uint32_t lane = 0;
  uint64_t k = 0;      // of the lane, from 0
};

// The starts of one shard in order of time (equal instants: of lane). All memory is taken at construction.
class ShardStarts {
 public:
  // shard < shards ≤ kLanes.
  ShardStarts(uint32_t shard, uint32_t shards);

  // `schedule` must outlive the walk.
  void begin(const OpenSchedule& schedule);
  // The next start; at == kNever when there is none.
  const ConversationStart& front() const { return front_; }
  void pop();

 private:
  struct Lane {
    Prng prng{0};
    double count = 0;        // of its own process, at rate 1
    uint64_t k = 0;
    Nanos at = kNever;
    uint32_t hint = 0;
  };

  void draw_lane(Lane& lane);
  bool earlier(uint32_t a, uint32_t b) const;
  void sift_down(size_t at);
  void next_of_sequence();

  uint32_t shard_, shards_;
  const OpenSchedule* schedule_ = nullptr;
  ConversationStart front_;
  std::vector<Lane> lanes_;     // i-th is lane shard + i × shards
  std::vector<uint32_t> heap_;  // of lanes, the earliest first
  // constant and gamma
  Prng prng_{0};
  double count_ = 0;
  uint64_t index_ = 0;
  uint32_t hint_ = 0;
};

}  // namespace ringload::load
