#include "engine/port_health.h"

#include <algorithm>

#include "health/ports.h"

namespace ringload::engine {
namespace {

std::string host_of(const net::Address& address) {
  const std::string text = address.text();
  return text.substr(0, text.rfind(':'));
}

net::PortUse::Pair sum_over(std::span<const std::unique_ptr<ShardThread>> threads, unsigned address, unsigned source) {
  net::PortUse::Pair sum;
  for (const auto& thread : threads) {
    const net::PortUse::Pair& pair = thread->shard().client().port_use().of_address(address)[source];
    sum.peak += pair.peak;
    sum.closed_first += pair.closed_first;
  }
  return sum;
}

}  // namespace

PortHealth port_health(std::span<const std::unique_ptr<ShardThread>> threads,
                       std::span<const std::vector<net::Address>> addresses, const HostLimits& limits) {
  PortHealth health;
  health.available = limits.ports();
  if (threads.empty()) return health;
  const Shard& first = threads.front()->shard();
  const std::vector<net::Address>& sources = first.options().local_ports.sources;
  Nanos wall = 0;
  for (const auto& thread : threads) wall = std::max(wall, thread->shard().figures().stage_wall);
  const auto rules = health::TimeWaitRules::read(health::HostFiles());
  for (size_t t = 0; t < addresses.size(); ++t) {
    const size_t count = std::min<size_t>(addresses[t].size(), net::Client::kMaxAddresses);
    for (size_t a = 0; a < count; ++a) {
      const auto address = static_cast<unsigned>(t * net::Client::kMaxAddresses + a);
      for (unsigned s = 0; s < first.client().port_use().sources(); ++s) {
        const net::PortUse::Pair pair = sum_over(threads, address, s);
        if (pair.peak == 0) continue;
        const double seconds = static_cast<double>(wall) / kSecond;
        const auto forecast = health::forecast_time_wait(
            rules, seconds > 0 ? static_cast<double>(pair.closed_first) / seconds : 0, addresses[t][a].is_loopback());
        health.pairs.push_back({sources.empty() ? std::string() : host_of(sources[s]), addresses[t][a].text(),
                                pair.peak, forecast.sockets, forecast.ports});
      }
    }
  }
  const auto taken = [](const PortPair& pair) { return pair.used_peak + pair.time_wait_blocking; };
  std::ranges::stable_sort(health.pairs, [&](const auto& a, const auto& b) { return taken(a) > taken(b); });
  if (health.pairs.empty()) return health;
  const PortPair& fullest = health.pairs.front();
  health.used_peak = fullest.used_peak;
  health.time_wait_predicted = fullest.time_wait_predicted;
  health.time_wait_blocking = fullest.time_wait_blocking;
  return health;
}

}  // namespace ringload::engine
