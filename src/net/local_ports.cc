#include "net/local_ports.h"

#include <algorithm>
#include <utility>

namespace ringload::net {

LocalPorts::LocalPorts(Plan plan) : plan_(std::move(plan)) {
  if (plan_.port_low != 0 && plan_.port_high > plan_.port_low)
    windows_ = (plan_.port_high - plan_.port_low + 1u) / kWindow / std::max(1u, plan_.shards);
}

LocalChoice LocalPorts::next() {
  LocalChoice choice;
  const uint64_t turn = turn_++;
  if (!plan_.sources.empty()) {
    choice.source_index = static_cast<unsigned>(turn % plan_.sources.size());
    choice.source = &plan_.sources[choice.source_index];
  }
  if (windows_ > 0) {
    const uint64_t window = (turn % windows_) * plan_.shards + plan_.shard;
    const auto low = static_cast<uint32_t>(plan_.port_low + window * kWindow);
    choice.port_range = (low + kWindow - 1) << 16 | low;
  }
  return choice;
}

std::vector<Address> LocalPorts::loopback_sources(unsigned count) {
  std::vector<Address> sources;
  for (unsigned i = 0; i < std::min(count, kMostLoopbackSources); ++i)
    sources.push_back(*Address::parse("127.0.0." + std::to_string(i + 1), 0));
  return sources;
}

}  // namespace ringload::net
