#include "load/closed_stage.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/assert.h"

namespace ringload::load {
namespace {

// When a straight line from a to b over `duration` passes `level`; a != b, level between them.
Nanos crossing(double a, double b, Nanos duration, double level) {
  return static_cast<Nanos>(std::ceil((level - a) / (b - a) * static_cast<double>(duration)));
}

}  // namespace

std::vector<uint32_t> largest_remainder(uint32_t count, std::span<const double> weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  RINGLOAD_ASSERT(!weights.empty() && sum > 0);
  std::vector<uint32_t> shares(weights.size());
  std::vector<double> remainders(weights.size());
  uint32_t given = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double exact = count * (weights[i] / sum);
    // 0.1 + 0.2 must not lose a user to rounding.
    shares[i] = static_cast<uint32_t>(std::floor(exact + 1e-9));
    remainders[i] = exact - shares[i];
    given += shares[i];
  }
  std::vector<size_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return remainders[a] > remainders[b] + 1e-9; });
  for (size_t i = 0; given < count; i = (i + 1) % order.size(), ++given) ++shares[order[i]];
  return shares;
}

uint32_t closed_level(const Stage& stage, Nanos t) {
  const Leg& leg = stage.legs.front();
  if (leg.from == leg.to) return static_cast<uint32_t>(leg.from);
  const double share = std::clamp(static_cast<double>(t) / static_cast<double>(leg.duration_ns), 0.0, 1.0);
  return static_cast<uint32_t>(std::floor(leg.from + (leg.to - leg.from) * share + 0.5));
}

std::vector<ClosedUser> closed_users(const Stage& stage, std::span<const double> weights) {
  RINGLOAD_ASSERT(stage.loop == Loop::closed && stage.legs.size() == 1);
  const Leg& leg = stage.legs.front();
  const auto count = static_cast<uint32_t>(std::max(leg.from, leg.to));
  const std::vector<uint32_t> shares = largest_remainder(count, weights);

  std::vector<ClosedUser> users(count);
  std::vector<uint32_t> given(weights.size());
  for (uint32_t i = 0; i < count; ++i) {
    // The scenario that lags furthest behind its share of the users so far.
    size_t best = weights.size();
    double most_behind = 0;
    for (size_t s = 0; s < weights.size(); ++s) {
      if (given[s] == shares[s]) continue;
      const double behind = static_cast<double>(shares[s]) / count * (i + 1) - given[s];
      if (best == weights.size() || behind > most_behind + 1e-9) {
        best = s;
        most_behind = behind;
      }
    }
    ++given[best];
    users[i].scenario = static_cast<uint32_t>(best);
    // The i-th user is there while the level, rounded, is above i.
    const double threshold = i + 0.5;
    if (leg.from < threshold && leg.to >= threshold) users[i].from = crossing(leg.from, leg.to, leg.duration_ns, threshold);
    if (leg.from >= threshold && leg.to < threshold) users[i].until = crossing(leg.from, leg.to, leg.duration_ns, threshold);
  }
  // Dealt scenario by scenario: with two shards and two scenarios in turn, each shard would serve only one of them.
  std::vector<uint32_t> next(weights.size());
  std::exclusive_scan(shares.begin(), shares.end(), next.begin(), 0u);
  for (ClosedUser& user : users) user.deal = next[user.scenario]++;
  return users;
}

}  // namespace ringload::load
