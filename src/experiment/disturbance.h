// Whether others on this host spoiled a block: CPU that the hypervisor took, and threads of ours (and of a local
// target) that were ready and had to wait for a CPU.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "health/host_files.h"
#include "health/run_delay.h"

namespace ringload::experiment {

class Disturbance {
 public:
  // `target_pid`: of a local target; 0: none is known.
  explicit Disturbance(int target_pid, health::HostFiles host = health::HostFiles());

  struct Reading {
    double seconds = 0;
    std::optional<double> steal;         // share of all CPUs' time
    std::optional<double> shard_delay;   // of the shard that waited longest, share of the time
    std::optional<double> target_delay;  // of all threads of the target, in CPUs
    std::optional<double> target_cpu;    // used by the target, in CPUs
    std::optional<double> other_cpu;     // used by neither of us, in CPUs
  };
  // Since the last call, or since construction.
  Reading since_last();

 private:
  struct Sample {
    int64_t at_ns = 0;
    std::optional<health::CpuTicks> ticks;
    std::map<int, int64_t> shards;           // thread → ns that it waited
    int64_t target_delay_ns = 0, target_run_ns = 0, own_run_ns = 0;
    int64_t busy_ticks = 0;
  };
  Sample take() const;

  health::HostFiles host_;
  int target_pid_;
  Sample last_;
};

struct Disturbed {
  double share = 0;  // of the time, that was lost to others
  std::string why;   // empty: too little to matter
};
Disturbed disturbed_by(const Disturbance::Reading& reading);

// The process that listens on a TCP port of this host, when it is ours to see; 0: none was found.
int listener_of(uint16_t port);

}  // namespace ringload::experiment
