// Local ports in use, per (local address, remote address and port), as the kernel counts them: one source address has
// the whole range to each destination.
#pragma once
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/socket_name.h"

namespace ringload::sim {

class PortTable {
 public:
  PortTable(uint16_t low, uint16_t high) : low_(low), high_(high) {}

  // A free port in [low, high] (0, 0: the host's range), or 0 when all are in use.
  uint16_t take(const SocketName& local, const SocketName& remote, uint16_t low = 0, uint16_t high = 0);
  // This port; false when it is in use.
  bool take_exactly(const SocketName& local, const SocketName& remote, uint16_t port);
  void give(const SocketName& local, const SocketName& remote, uint16_t port);
  uint64_t used() const { return used_; }

 private:
  struct Pair {
    std::vector<bool> taken = std::vector<bool>(65536);
    uint16_t after = 0;  // the last one given: the search goes on behind it
  };
  Pair& pair(const SocketName& local, const SocketName& remote) { return pairs_[{local.with_port(0), remote}]; }

  uint16_t low_, high_;
  std::map<std::pair<SocketName, SocketName>, Pair> pairs_;
  uint64_t used_ = 0;
};

}  // namespace ringload::sim
