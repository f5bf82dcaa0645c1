// How long something takes: a constant or a distribution, as written on the command line.
//   20ms, 1m30s                       constant; units ns us ms s m h; a bare 0 needs none
//   uniform(5ms,20ms)                 between both
//   exp(5ms)                          exponential of that mean
//   lognormal(p50=200ms,p99=900ms)    by its median and 99th percentile
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "base/prng.h"
#include "base/time.h"

namespace ringload::mock {

// "1.5s", "250ms", "1m30s", "0"; never negative, at most kLongestDuration. The error is a sentence about `text`.
std::expected<Nanos, std::string> parse_duration(std::string_view text);
inline constexpr Nanos kLongestDuration = 24 * 3600 * kSecond;

class Distribution {
 public:
  // Constant 0.
  constexpr Distribution() = default;
  static constexpr Distribution constant(Nanos value) { return {Kind::constant, static_cast<double>(value), 0}; }
  static std::expected<Distribution, std::string> parse(std::string_view text);

  bool is_zero() const { return kind_ == Kind::constant && a_ == 0; }
  bool is_constant() const { return kind_ == Kind::constant; }
  // Constants draw nothing from `prng`. Never negative, at most kLongestDuration.
  Nanos draw(Prng& prng) const;
  // The sum of `count` draws.
  Nanos draw_sum(Prng& prng, uint32_t count) const;

 private:
  enum class Kind : uint8_t { constant, uniform, exponential, lognormal };
  constexpr Distribution(Kind kind, double a, double b) : kind_(kind), a_(a), b_(b) {}

  Kind kind_ = Kind::constant;
  double a_ = 0;  // ns: value, low, mean; lognormal: ln of the median
  double b_ = 0;  // ns: high; lognormal: sigma
};

}  // namespace ringload::mock
