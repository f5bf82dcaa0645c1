// Local ports: how many are taken between a source address and a target, and how many TIME_WAIT will hold.
//
// A connection is its four numbers, so a port is free towards one target while it is taken towards another: what runs
// out is ports of one (source, target) pair. The side that closes first keeps its port for a minute in TIME_WAIT.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "health/host_files.h"
#include "net/address.h"

namespace ringload::health {

struct PairPorts {
  std::string source, target;   // "127.0.0.1", "127.0.0.1:8080", "[::1]:8080"
  uint64_t connected = 0;       // every state but TIME_WAIT, those of other processes included
  uint64_t time_wait = 0;
  uint64_t taken() const { return connected + time_wait; }
};

// The pairs with a connection to one of `targets`, the fullest first. Reads /proc/net/tcp and tcp6, which takes about
// 1 µs for each socket of the host: now and then, and off the shards.
std::vector<PairPorts> port_use(const HostFiles& host, std::span<const net::Address> targets);

// What this host does with ports in TIME_WAIT.
struct TimeWaitRules {
  int64_t reuse = 2;             // tcp_tw_reuse: 0 never, 1 always, 2 on loopback only
  bool timestamps = true;        // tcp_timestamps, which reuse needs
  int64_t reuse_delay_ms = 1000; // tcp_tw_reuse_delay; kernels without it: 1 s
  int64_t most_sockets = INT64_MAX;  // tcp_max_tw_buckets: beyond, connections vanish without TIME_WAIT
  static TimeWaitRules read(const HostFiles& host);
};

struct TimeWaitForecast {
  uint64_t sockets = 0;          // in TIME_WAIT once the rate has held for a minute
  uint64_t ports = 0;            // of them, those that a new connection cannot use yet
};

// `closes_per_s`: connections of one pair that our side closes first. (A target that answers `connection: close` closes
// first itself and keeps TIME_WAIT on its own side; a reset leaves none.)
TimeWaitForecast forecast_time_wait(const TimeWaitRules& rules, double closes_per_s, bool loopback);

}  // namespace ringload::health
