#include "load/random_duration.h"

#include <algorithm>
#include <cmath>

namespace ringload::load {

Nanos draw_duration(const RandomDuration& from, Prng& prng) {
  constexpr double kLongest = 365.0 * 86'400 * 1e9;
  constexpr double kNormalP99 = 2.3263478740408408;
  const auto a = static_cast<double>(from.a_ns), b = static_cast<double>(from.b_ns);
  double ns = a;
  switch (from.kind) {
    case RandomDuration::Kind::constant: return from.a_ns;
    case RandomDuration::Kind::uniform: ns = a + (b - a) * prng.uniform(); break;
    case RandomDuration::Kind::exponential: ns = a * prng.exponential(); break;
    case RandomDuration::Kind::lognormal:
      ns = a <= 0 ? 0 : a * std::exp(std::log(b / a) / kNormalP99 * prng.normal());
      break;
  }
  return static_cast<Nanos>(std::clamp(ns, 0.0, kLongest));
}

}  // namespace ringload::load
