#include "experiment/knee_search.h"

#include <algorithm>
#include <cmath>

namespace ringload::experiment {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr double kWorst = 3;                  // a score's ceiling
constexpr double kBracketEnd = 1.10;          // hi/lo at which tracking begins
constexpr uint64_t kFewBad = 5;               // fewer bad requests than that are no evidence against a rate
constexpr int kLongestBracket = 8;            // times the usual window
constexpr size_t kCounted = 12;               // blocks behind an answer
constexpr double kStudent11 = 1.795885;       // t₀.₉₅ at 11 degrees of freedom
constexpr int64_t kLongestTail = 10 * kSecond;
constexpr int64_t kShortestTrack = 6 * kSecond;
constexpr double kBelowLimit = 0.98;          // tracking keeps this share of the generator's limit
constexpr double kNearLimit = 0.93;           // knees from here on are the generator's

int64_t steps_up(double seconds) {
  return static_cast<int64_t>(std::ceil(seconds * 1e9 / kBlockStep - 1e-9)) * kBlockStep;
}

double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

double median(std::deque<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double sd_of(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

// A score that says "far beyond", even where the share cannot reach three times a large tolerance.
double ceiling_of(const KneeBound& bound) {
  return bound.stat == KneeBound::Stat::share ? std::min(kWorst, 0.9 / bound.tolerance) : kWorst;
}

double score_of(const KneeBound& bound, const BoundCount& count) {
  const double limit = static_cast<double>(bound.bound.limit_ns) / 1e6;
  switch (bound.stat) {
    case KneeBound::Stat::share:
      if (count.judged == 0) return 0;
      return std::min(kWorst, static_cast<double>(count.bad) / static_cast<double>(count.judged) / bound.tolerance);
    // Without any value nothing shows that the bound holds.
    case KneeBound::Stat::mean: return count.valued > 0 && count.mean_ms() <= limit ? 0 : kWorst;
    case KneeBound::Stat::max: return count.bad == 0 && count.valued > 0 ? 0 : kWorst;
    case KneeBound::Stat::min: return count.valued > 0 && count.min_ms <= limit ? 0 : kWorst;
  }
  return kWorst;
}

}  // namespace

const char* phase_name(Phase phase) {
  constexpr const char* kNames[] = {"bracket", "bisect", "track", "recheck", "soft"};
  return kNames[static_cast<size_t>(phase)];
}

KneeSearch::KneeSearch(const KneeOptions& options, std::vector<KneeBound> bounds)
    : options_(options), bounds_(std::move(bounds)),
      rate_(std::clamp(options.start, options.min_rate, options.max_rate)) {
  for (const KneeBound& bound : bounds_)
    if (bound.stat == KneeBound::Stat::share && (tolerance_ == 0 || bound.tolerance < tolerance_))
      tolerance_ = bound.tolerance;
}

int64_t KneeSearch::tail() const {
  // Without a bound on time only failures count, which nothing dates: the step that decides the next rate covers most.
  if (options_.tail_ns == 0) return std::min(p90_ns_, kLongestTail) / kBlockStep * kBlockStep;
  return steps_up(seconds(std::min(options_.tail_ns, kLongestTail)));
}

int64_t KneeSearch::window(double rate) const {
  const double per_bad = tolerance_ > 0 ? 1 / (tolerance_ * rate) : 0;  // seconds for one tolerated bad request
  switch (phase_) {
    case Phase::bracket: return steps_up(longer_ * std::max(1.0, 0.5 * per_bad));
    case Phase::bisect: return steps_up(std::max(3.0, per_bad));
    case Phase::soft: return steps_up(std::max({3.0, 10 * per_bad, 25 * median(taus_)}));  // far below or far beyond 0.5
    default: return steps_up(std::max({seconds(kShortestTrack), 15 * per_bad, 25 * median(taus_)}));
  }
}

double KneeSearch::capped(double rate) const {
  return std::clamp(rate, options_.min_rate, std::min(options_.max_rate, kBelowLimit * generator_limit_));
}

KneeSearch::Judged KneeSearch::judge(const BlockCounts& counts) const {
  Judged judged;
  uint64_t most_bad = 0;
  bool far_beyond = false;
  for (size_t b = 0; b < bounds_.size() && b < counts.bounds.size(); ++b) {
    const BoundCount& count = counts.bounds[b];
    const double score = score_of(bounds_[b], count);
    // A statistic has no bad requests to count: it is broken or it is not.
    const uint64_t bad = bounds_[b].stat == KneeBound::Stat::share ? count.bad : std::max(count.valued, kFewBad);
    if (score > judged.score) {
      judged.score = score;
      judged.why = bounds_[b].text;
      most_bad = bad;
    }
    far_beyond = far_beyond || (score >= ceiling_of(bounds_[b]) && bad >= kFewBad);
  }
  const auto began = static_cast<double>(counts.in_flight_begin);
  const double grown = static_cast<double>(counts.in_flight_end) - began;
  // An empty target may have one or two in flight a moment later: chance counts as if one had been there.
  const double chance = 3 * std::sqrt(2 * std::max(1.0, began));
  judged.grew = counts.shed > 0 || grown > 0.02 * static_cast<double>(counts.sent) + chance;
  if (judged.grew) {
    judged.why = counts.shed > 0 ? "max_in_flight reached" : "in-flight grew";
    judged.score = kWorst;
  }
  if (counts.ended_early) judged.score = kWorst;
  switch (phase_) {
    case Phase::bracket:
    case Phase::recheck:
      judged.fails = judged.grew || far_beyond;
      judged.too_few = !judged.fails && judged.score > 1 && most_bad < kFewBad;
      break;
    default: judged.fails = judged.grew || (judged.score > 1 && most_bad >= 3); break;
  }
  if (judged.why.empty()) judged.why = "no bad requests";
  return judged;
}

bool KneeSearch::all_failed(const BlockCounts& counts) const {
  for (size_t b = 0; b < bounds_.size() && b < counts.bounds.size(); ++b) {
    const BoundCount& count = counts.bounds[b];
    if (bounds_[b].bound.figure == Bound::Figure::failed && count.judged >= kFewBad && count.bad == count.judged)
      return true;
  }
  return false;
}

std::optional<LoadBlock> KneeSearch::next(int64_t left_ns) {
  if (finished_) return std::nullopt;
  LoadBlock block;
  block.rate = rate_;
  block.settle_ns = phase_ == Phase::bracket ? kSecond / 2 : steps_up(std::clamp(seconds(p90_ns_), 1.0, 10.0));
  block.tail_ns = tail();
  block.window_ns = window(rate_);
  if (phase_ == Phase::track) {
    // The first block of a direction is not counted, and the look at 0.9 × knee comes last.
    const auto blocks = static_cast<int64_t>(kCounted - counted_.size() + 1 + (counting_ ? 0 : 1));
    const int64_t for_each = left_ns / blocks;
    if (block.duration_ns() > for_each && block.window_ns > kShortestTrack) {
      needed_s_ = seconds(blocks * block.duration_ns() - left_ns);
      cut_ = true;
      const int64_t room = for_each - (block.duration_ns() - block.window_ns);
      block.window_ns = std::max(kShortestTrack, room / kBlockStep * kBlockStep);
    }
  }
  if (block.duration_ns() > left_ns) {
    if (phase_ != Phase::soft) {
      out_of_time_ = true;
      const auto blocks = static_cast<int64_t>(kCounted - counted_.size() + (counting_ ? 1 : 2));
      const int64_t each = std::max(kShortestTrack, window(rate_)) + block.settle_ns + block.tail_ns + kBlockStep;
      needed_s_ = std::max(needed_s_, seconds(blocks * each - left_ns));
    }
    finish();
    return std::nullopt;
  }
  // How many requests the window can hold at most, chance included.
  const double mean = rate_ * seconds(block.window_ns);
  const double most = mean + 4 * std::sqrt(mean * options_.mean_turns);
  for (const KneeBound& bound : bounds_) {
    const bool counts_requests = bound.stat == KneeBound::Stat::share && bound.bound.figure != Bound::Figure::itl;
    const double sealed = std::ceil(kWorst * bound.tolerance * most);
    block.most_bad.push_back(counts_requests ? std::max(static_cast<uint64_t>(sealed), kFewBad - 1) : UINT64_MAX);
  }
  return block;
}

void KneeSearch::add(const BlockCounts& counts, const Spoiled& spoiled) {
  const Judged judged = judge(counts);
  steps_.push_back({phase_, counts, spoiled, judged.score, judged.grew, judged.why});
  if (counts.p90_ns > 0) p90_ns_ = counts.p90_ns;
  if (spoiled.disturbed && !counts_all_the_same(spoiled, judged.score)) return;
  if (!spoiled.disturbed) disturbed_ = 0;
  if (spoiled.own_limit) {
    if (++own_limits_ == 3) take_own_limit();
    return;
  }
  own_limits_ = 0;
  if (judged.score <= 1) {
    best_ = std::max(best_, counts.block.rate);
    if (phase_ != Phase::soft && counts.block.rate > 0) {
      taus_.push_back(2 * counts.in_flight_variance / counts.block.rate);
      if (taus_.size() > 5) taus_.pop_front();
    }
  }
  // A target that stays overloaded, or has died, would fail at every rate: look at the last good one first.
  if ((!counts.recovered || all_failed(counts)) && low_ > 0 && phase_ != Phase::recheck) {
    did_not_recover_ = counts.block.rate;
    switch (phase_) {
      case Phase::bracket: take_bracket(judged); break;
      case Phase::bisect: take_bisect(judged.fails); break;
      case Phase::track: take_track(judged.score); break;
      default: break;
    }
    if (finished_) return;
    resumed_ = phase_;
    resumed_rate_ = rate_;
    phase_ = Phase::recheck;
    rate_ = low_;
    return;
  }
  switch (phase_) {
    case Phase::bracket: take_bracket(judged); break;
    case Phase::bisect: take_bisect(judged.fails); break;
    case Phase::track: take_track(judged.score); break;
    case Phase::recheck:
      if (judged.fails) return finish();
      did_not_recover_.reset();
      phase_ = resumed_;
      rate_ = resumed_rate_;
      break;
    case Phase::soft:
      soft_ = judged.score > 0.5;
      finish();
      break;
  }
}

// A block that others disturbed is repeated. Not so where it cannot mislead: nobody's load on this host makes a target
// faster, and a little of it moves no rate by the steps of bracket and bisection, whose errors tracking mends. On a host
// where others never rest, tracking takes slightly disturbed blocks from the third in a row on; the answer says so.
bool KneeSearch::counts_all_the_same(const Spoiled& spoiled, double score) {
  const bool coarse = phase_ == Phase::bracket || phase_ == Phase::bisect || phase_ == Phase::recheck;
  if (coarse) return spoiled.slightly || score <= 1;
  if (!spoiled.slightly || ++disturbed_ < 3) return false;
  disturbed_counted_ += phase_ == Phase::track;
  return true;
}

void KneeSearch::raise(double rate) {
  fails_ = own_limits_ = 0;
  rate_ = rate;
}

// At a few requests a second a window holds too few of them for a verdict: more than is tolerated were bad, and yet they
// may have been bad luck.
void KneeSearch::take_bracket(const Judged& judged) {
  if (judged.too_few && longer_ < kLongestBracket) {
    longer_ *= 2;
    return;
  }
  longer_ = 1;
  bracket_decided(judged.fails);
}

void KneeSearch::bracket_decided(bool fails) {
  if (fails && ++fails_ < 2) return;
  if (fails) {
    high_ = rate_;
    if (low_ > 0) return bisect();
    if (rate_ <= options_.min_rate) {
      lowest_fails_ = true;
      return finish();
    }
    return raise(std::max(options_.min_rate, rate_ / 2));
  }
  low_ = rate_;
  if (high_ > 0) return bisect();
  if (rate_ >= options_.max_rate) {
    at_max_rate_ = true;
    return finish();
  }
  raise(std::min(options_.max_rate, rate_ * 2));
}

void KneeSearch::bisect() {
  if (high_ / low_ <= kBracketEnd) return begin_track();
  phase_ = Phase::bisect;
  raise(std::sqrt(low_ * high_));
}

void KneeSearch::take_bisect(bool fails) {
  if (fails && ++fails_ < 2) return;
  (fails ? high_ : low_) = rate_;
  bisect();
}

void KneeSearch::take_own_limit() {
  own_limits_ = fails_ = 0;
  generator_limit_ = std::min(generator_limit_, rate_);
  switch (phase_) {
    case Phase::bracket:
      fails_ = 1;  // as if it had failed before
      return bracket_decided(true);
    case Phase::bisect:
      high_ = rate_;
      return bisect();
    case Phase::track:
      at_cap_ = 0;
      rate_ = capped(rate_);
      return;
    default: return finish();
  }
}

void KneeSearch::begin_track() {
  phase_ = Phase::track;
  raise(capped(std::sqrt(low_ * high_)));
}

void KneeSearch::take_track(double score) {
  const double used = rate_;
  const int direction = score < 1 ? 1 : -1;
  in_direction_ = direction == direction_ ? in_direction_ + 1 : 1;
  const bool changed = direction_ != 0 && direction != direction_;
  direction_ = direction;
  const int64_t wanted = window(used);
  if (changed && !counting_) {
    counting_ = true;
    reference_window_ = wanted;
  } else if (counting_ && static_cast<double>(wanted) >= 1.3 * static_cast<double>(reference_window_)) {
    // The queue remembers longer than was thought: what was counted is less than it seemed.
    counted_.clear();
    disturbed_counted_ = 0;
    reference_window_ = wanted;
  }
  if (counting_) counted_.push_back(std::log(used));
  const double a = in_direction_ >= 4 ? 0.04 : 0.02;
  const double wish = used * std::exp(a * (1 - score));
  rate_ = capped(wish);
  // Held down by a cap and passing there: nothing more can be learnt.
  at_cap_ = wish > rate_ && score <= 1 && used >= rate_ ? at_cap_ + 1 : 0;
  if (at_cap_ >= 3) {
    if (rate_ >= options_.max_rate) at_max_rate_ = true;
    else generator_limited_ = true;
    return finish();
  }
  if (counted_.size() < kCounted) return;
  knee_ = std::exp(mean_of(counted_));
  phase_ = Phase::soft;
  raise(std::max(options_.min_rate, 0.9 * knee_));
}

KneeAnswer KneeSearch::answer() const {
  KneeAnswer answer;
  answer.lowest_fails = lowest_fails_;
  answer.soft = soft_;
  if (std::isfinite(generator_limit_)) answer.generator_limit = generator_limit_;
  answer.did_not_recover = did_not_recover_;
  if (cut_ || out_of_time_) answer.needed_limit_s = needed_s_;
  if (lowest_fails_) {
    answer.limited_by = LimitedBy::slo;
    answer.complete = true;
    answer.high = options_.min_rate;
    return answer;
  }
  if (low_ == 0 && best_ == 0) return answer;

  const double infinite = std::numeric_limits<double>::infinity();
  if (at_max_rate_) {
    answer.knee = answer.low = options_.max_rate;
    answer.high = infinite;
    answer.at_max_rate = answer.complete = true;
    return answer;
  }
  const bool tracked = phase_ == Phase::track || phase_ == Phase::soft || !counted_.empty();
  if (!tracked) {
    // Not even bracketed to 10 %: what is known is known.
    answer.knee = answer.low = low_ > 0 ? low_ : best_;
    answer.high = high_ > 0 ? high_ : infinite;
  } else {
    std::vector<double> rates = counted_;
    if (rates.empty()) rates.push_back(std::log(rate_));
    const bool whole = counted_.size() >= kCounted;
    double half = std::max(0.03, kStudent11 * sd_of(rates) / std::sqrt(3.0));
    answer.disturbed_blocks = disturbed_counted_;
    if (!whole || cut_ || disturbed_counted_ > 0) half = std::max(half, 0.10);
    answer.knee = std::exp(mean_of(rates));
    answer.low = *answer.knee * std::exp(-half);
    answer.high = *answer.knee * std::exp(half);
    answer.complete = whole && !cut_ && !did_not_recover_;
  }
  // Failing blocks near the knee say which side gave way; far above it every target falls behind.
  uint64_t sent = 0, answered = 0;
  unsigned failing = 0, grew = 0;
  for (const KneeStep& step : steps_) {
    if ((step.spoiled.disturbed && !step.spoiled.slightly) || step.spoiled.own_limit || step.score <= 1) continue;
    if (step.counts.block.rate > 1.25 * *answer.knee) continue;
    ++failing;
    grew += step.grew;
    sent += step.counts.sent;
    answered += step.counts.answered;
  }
  const bool fell_behind = static_cast<double>(answered) < 0.98 * static_cast<double>(sent);
  if (failing > 0) answer.limited_by = 2 * grew > failing || fell_behind ? LimitedBy::target : LimitedBy::slo;
  else if (high_ > 0) answer.limited_by = LimitedBy::slo;

  // Above the best rate nothing but the generator failed.
  const bool only_ours = failing == 0 && answer.generator_limit && high_ >= *answer.generator_limit;
  const bool near_ours = answer.generator_limit && *answer.knee >= kNearLimit * *answer.generator_limit;
  if (generator_limited_ || only_ours || near_ours) {
    answer.knee = answer.low = best_;
    answer.high = infinite;
    answer.limited_by = LimitedBy::generator;
    answer.complete = answer.complete || generator_limited_;
  }
  return answer;
}

}  // namespace ringload::experiment
