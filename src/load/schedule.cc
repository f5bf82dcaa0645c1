#include "load/schedule.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.h"

namespace ringload::load {
namespace {

// Purposes of draws.
enum : uint64_t { kLaneArrivals = 0x61727269, kSequence = 0x73657175 };

// Gamma with mean 1 and variance `cv2` (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).
double draw_gamma_gap(double cv2, Prng& prng) {
  const double shape = 1 / cv2;
  const double boosted = shape < 1 ? shape + 1 : shape;
  const double d = boosted - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  double gamma = 0;
  for (;;) {
    const double x = prng.normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    const double u = 1 - prng.uniform();
    if (std::log(u) < x * x / 2 + d - d * v + d * std::log(v)) {
      gamma = d * v;
      break;
    }
  }
  if (shape < 1) gamma *= std::pow(1 - prng.uniform(), cv2);
  return gamma * cv2;
}

}  // namespace

RateIntegral::RateIntegral(const Stage& stage, double scale) {
  RINGLOAD_ASSERT(!stage.legs.empty() && scale > 0);
  Line line;
  for (const Leg& leg : stage.legs) {
    const auto length = static_cast<double>(leg.duration_ns);
    line.rate = leg.from * scale / 1e9;
    line.slope = (leg.to - leg.from) * scale / 1e9 / length;
    legs_.push_back(line);
    line.count_before += (leg.from + leg.to) / 2 * scale * (length / 1e9);
    line.begin += leg.duration_ns;
  }
  line.rate = line.slope = 0;
  legs_.push_back(line);
}

double RateIntegral::at(Nanos t) const {
  if (t <= 0) return 0;
  if (t >= legs_.back().begin) return total();
  const auto behind = std::upper_bound(legs_.begin(), legs_.end(), t, [](Nanos x, const Line& line) { return x < line.begin; });
  const Line& line = *std::prev(behind);
  const auto into = static_cast<double>(t - line.begin);
  return line.count_before + into * (line.rate + line.slope * into / 2);
}

Nanos RateIntegral::time_of(double count, uint32_t& hint) const {
  // Not count ≥ total(): 333.333/s for 60 s must not have one start more because of a last bit.
  if (count >= total() * (1 - 1e-12)) return kNever;
  // Legs without any start (rate 0) are passed over: the next leg's sum is the same.
  while (legs_[hint + 1].count_before <= count) ++hint;
  const Line& line = legs_[hint];
  const double rest = count - line.count_before;
  if (rest <= 0) return line.begin;
  // rest = rate·x + slope·x²/2, in the form that neither a slope of 0 nor a rate of 0 upsets.
  const double root = std::sqrt(std::max(line.rate * line.rate + 2 * line.slope * rest, 0.0));
  const double into = 2 * rest / (line.rate + root);
  return std::min(line.begin + static_cast<Nanos>(into), legs_[hint + 1].begin - 1);
}

OpenSchedule::OpenSchedule(const Stage& stage, uint32_t number, uint64_t seed, double mean_turns)
    : integral_(stage, stage.rate_of == RateOf::requests ? 1 / mean_turns : 1.0),
      arrival_(stage.arrival),
      burstiness_(stage.burstiness),
      seed_(seed),
      number_(number) {
  RINGLOAD_ASSERT(stage.loop == Loop::open && mean_turns >= 1);
}

uint64_t OpenSchedule::lane_seed(uint32_t lane) const { return seed_of(seed_, uint64_t{kLaneArrivals}, number_, lane); }
uint64_t OpenSchedule::sequence_seed() const { return seed_of(seed_, uint64_t{kSequence}, number_); }

ShardStarts::ShardStarts(uint32_t shard, uint32_t shards) : shard_(shard), shards_(shards) {
  RINGLOAD_ASSERT(shard < shards && shards <= kLanes);
  lanes_.resize((kLanes - shard + shards - 1) / shards);
  heap_.resize(lanes_.size());
}

void ShardStarts::begin(const OpenSchedule& schedule) {
  schedule_ = &schedule;
  if (schedule.arrival() != Arrival::poisson) {
    prng_ = Prng(schedule.sequence_seed());
    count_ = 0;
    index_ = 0;
    hint_ = 0;
    if (schedule.arrival() == Arrival::gamma) count_ = draw_gamma_gap(schedule.burstiness(), prng_);
    next_of_sequence();
    return;
  }
  for (uint32_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    lane = Lane{};
    lane.prng = Prng(schedule.lane_seed(shard_ + i * shards_));
    draw_lane(lane);
    heap_[i] = i;
  }
  for (size_t i = heap_.size() / 2; i-- > 0;) sift_down(i);
  const Lane& first = lanes_[heap_.front()];
  front_ = {first.at, shard_ + heap_.front() * shards_, first.k};
}

void ShardStarts::draw_lane(Lane& lane) {
  lane.count += lane.prng.exponential();
  lane.at = schedule_->integral().time_of(lane.count * kLanes, lane.hint);
}

bool ShardStarts::earlier(uint32_t a, uint32_t b) const {
  return lanes_[a].at != lanes_[b].at ? lanes_[a].at < lanes_[b].at : a < b;
}

void ShardStarts::sift_down(size_t at) {
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) return;
    if (child + 1 < heap_.size() && earlier(heap_[child + 1], heap_[child])) ++child;
    if (!earlier(heap_[child], heap_[at])) return;
    std::swap(heap_[at], heap_[child]);
    at = child;
  }
}

// From index_ and its count_ on, the first that is this shard's.
void ShardStarts::next_of_sequence() {
  const bool gamma = schedule_->arrival() == Arrival::gamma;
  while (index_ % kLanes % shards_ != shard_) {
    ++index_;
    if (!gamma) continue;
    if (count_ >= schedule_->expected()) break;  // the stage is over for everybody
    count_ += draw_gamma_gap(schedule_->burstiness(), prng_);
  }
  if (!gamma) count_ = static_cast<double>(index_);
  front_ = {schedule_->integral().time_of(count_, hint_), static_cast<uint32_t>(index_ % kLanes), index_ / kLanes};
}

void ShardStarts::pop() {
  if (front_.at == kNever) return;
  if (schedule_->arrival() != Arrival::poisson) {
    ++index_;
    if (schedule_->arrival() == Arrival::gamma) count_ += draw_gamma_gap(schedule_->burstiness(), prng_);
    next_of_sequence();
    return;
  }
  Lane& lane = lanes_[heap_.front()];
  ++lane.k;
  draw_lane(lane);
  sift_down(0);
  const Lane& first = lanes_[heap_.front()];
  front_ = {first.at, shard_ + heap_.front() * shards_, first.k};
}

}  // namespace ringload::load
