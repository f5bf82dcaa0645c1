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
  unsigned source_index = 0;        // of the plan's
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

  // 127.0.0.1, 127.0.0.2, …: every one is this host's.
  static std::vector<Address> loopback_sources(unsigned count);
  static constexpr unsigned kMostLoopbackSources = 250;

 private:
  static constexpr unsigned kWindow = 256;
  Plan plan_;
  unsigned windows_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace ringload::net
