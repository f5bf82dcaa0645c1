// Local ports of one shard's own connections. What runs out is ports of one pair (source address, target address): a
// connection is its four numbers, and the side that closes first keeps its port for a minute.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace ringload::net {

class PortUse {
 public:
  struct Pair {
    uint32_t open = 0, peak = 0;
    uint64_t closed_first = 0;  // by us, and so in TIME_WAIT here
  };

  PortUse(unsigned addresses, unsigned sources) : sources_(std::max(1u, sources)), pairs_(addresses * sources_) {}

  // `address`: of all targets' addresses; `source`: of those that connections are bound to, 0 when the kernel chooses.
  Pair& at(unsigned address, unsigned source) { return pairs_[address * sources_ + source]; }
  unsigned sources() const { return sources_; }
  std::span<const Pair> of_address(unsigned address) const { return {&pairs_[address * sources_], sources_}; }

  static void taken(Pair& pair) { pair.peak = std::max(pair.peak, ++pair.open); }
  static void given_back(Pair& pair) { --pair.open; }

 private:
  unsigned sources_;
  std::vector<Pair> pairs_;
};

}  // namespace ringload::net
