// What a run needs of this host, planned before anything is started: shards, requests in flight, connections, buffers,
// descriptors and memory. `check` prints it; a run refuses what cannot even start.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "health/ports.h"
#include "load/workload.h"
#include "ringload/profile.h"

namespace ringload::engine {

struct HostLimits {
  uint64_t open_files_soft = 1024;
  uint64_t open_files_hard = 1024;
  uint16_t port_low = 32768, port_high = 60999;
  unsigned cpus = 1;               // allowed to this process
  health::TimeWaitRules time_wait;

  static HostLimits read();
  unsigned ports() const { return port_high >= port_low ? port_high - port_low + 1u : 0; }
};

// Raises the soft limit of open files to the hard one. Before rings register their tables.
void raise_open_files();

struct Capacity {
  unsigned shards = 1;
  uint32_t users = 0;                // VUs at the peak, over all shards
  uint64_t in_flight = 0;            // requests at most, over all shards: VUs, or max_in_flight of open stages
  std::string in_flight_limit;       // what set max_in_flight: "timeout", "files", "ports", "max_in_flight"; or empty
  uint32_t exchanges = 1;            // per shard: requests in flight at most
  uint32_t connections = 1;          // per shard: stream slots
  uint32_t receive_buffers = 256;    // per shard
  uint32_t receive_buffer_size = 2048;
  uint64_t memory_reserved = 0;      // bytes of address space over all shards, nearly all of it untouched at first
  uint64_t memory_expected = 0;      // bytes that will be touched with every slot in use
  uint64_t process_files = 0;        // normal descriptors
  uint64_t local_ports = 0;          // of open connections at the peak, towards the busiest target, over all sources
  double closes_per_s = 0;           // of connections by us, at most: without keep-alive one for each request
  uint64_t time_wait_sockets = 0, time_wait_ports = 0;  // that they leave after a minute; those that block a port
  unsigned source_addresses = 1;     // that connections are spread over
  std::vector<std::string> warnings;
};

// `sources`: addresses that --source-ip gave; 0: none. The error says what is too small, what is needed and what to do.
std::expected<Capacity, std::string> plan_capacity(const load::Workload& workload, const HostLimits& limits,
                                                   unsigned shards_wanted, unsigned sources = 0);

}  // namespace ringload::engine
