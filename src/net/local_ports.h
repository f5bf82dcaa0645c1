// Which local address and port window each connection of a shard uses. The kernel's own search for a free port costs
// 25 µs up to half of the range and a millisecond beyond, all of it inside the shard's enter; so connections rotate over
// source addresses, or over windows of 256 ports where the kernel can be told one, before that happens.
#pragma once
#include <cstdint>
#include <vector>

#include "net/address.h"

namespace ringload::net {

struct LocalChoice {
  const Address* source = nullptr;  // null: the kernel chooses
  uint32_t port_range = 0;          // as in io::SocketSpec; 0: the host's
};

class LocalPorts {
 public:
  struct Plan {
    std::vector<Address> sources;        // bind to these in turn; empty: the kernel's choice
    uint16_t port_low = 0, port_high = 0;  // windows are cut from this range; 0: no windows
    unsigned shard = 0, shards = 1;      // windows are dealt to the shards in turn
  };

  LocalPorts() = default;
  explicit LocalPorts(Plan plan);

  LocalChoice next();

  // Source addresses for `connections` of all shards to one loopback target: as many of 127.0.0.1, 127.0.0.2, … as keep
  // each below half of the port range. Empty when one is enough.
  static std::vector<Address> loopback_sources(uint64_t connections, unsigned ports_per_source);

 private:
  static constexpr unsigned kWindow = 256;
  Plan plan_;
  unsigned windows_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace ringload::net
