// Pseudo-random numbers: xoshiro256** seeded by splitmix64 (Blackman and Vigna, prng.di.unimi.it, public domain
// algorithms). Deterministic on every platform; not for cryptography.
#pragma once
#include <cmath>
#include <cstdint>

namespace ringload {

// One step of splitmix64: also a good mixer for building seeds from several numbers.
constexpr uint64_t mix64(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// A seed that depends on each argument and on their order: seed_of(run seed, stage, lane, k, …).
template <class... Parts>
constexpr uint64_t seed_of(uint64_t first, Parts... rest) {
  uint64_t h = mix64(first);
  ((h = mix64(h ^ mix64(static_cast<uint64_t>(rest) + 0x632be59bd9b4e019))), ...);
  return h;
}

__extension__ using Uint128 = unsigned __int128;

class Prng {
 public:
  explicit constexpr Prng(uint64_t seed) {
    for (auto& word : state_) word = seed = mix64(seed);
  }

  constexpr uint64_t next() {
    const uint64_t result = rotl(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound); bound > 0. Lemire's multiplication, without the rejection step: the bias is below
  // bound / 2^64.
  constexpr uint64_t below(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<Uint128>(next()) * bound) >> 64);
  }

  // Uniform in [0, 1), 53 random bits.
  constexpr double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  // Exponential with mean 1.
  double exponential() { return -std::log1p(-uniform()); }

  // Standard normal (Box–Muller, one of the pair).
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * uniform());
  }

 private:
  static constexpr uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  uint64_t state_[4];
};

}  // namespace ringload
