// What this process uses of its host while it runs, sampled now and then from /proc and getrusage.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "health/cpu_quota.h"
#include "health/run_delay.h"

namespace ringload::health {

struct NetworkCounts {
  uint64_t retransmits = 0;       // Tcp: RetransSegs
  uint64_t listen_overflows = 0;  // TcpExt: ListenOverflows
};
std::optional<NetworkCounts> read_network_counts();

class ProcessWatch {
 public:
  // A thread that carries load, and the CPU that it is pinned to; −1: none.
  struct Thread {
    int tid = 0;
    int cpu = -1;
  };
  explicit ProcessWatch(std::vector<Thread> threads = {});
  // Now and then, and while the threads live.
  void sample();

  uint64_t files_peak() const { return files_peak_; }
  uint64_t files_limit() const;
  uint64_t memory_peak_bytes() const;      // of the process's life
  uint64_t switches_voluntary() const;     // since construction
  uint64_t switches_involuntary() const;
  std::optional<uint64_t> retransmits() const;
  std::optional<uint64_t> listen_overflows() const;
  std::optional<double> steal() const;     // share of our CPUs' time since construction
  // Share of the quota's periods since construction in which it stopped this process; absent without a quota.
  std::optional<double> throttled() const;
  // The most that one of the threads waited for its CPU while others had it, as a share of the time since construction.
  // Absent unless each has a CPU of its own: threads of ours that share one wait for each other.
  std::optional<double> other_load() const { return other_load_; }

 private:
  std::vector<Thread> threads_;
  std::vector<int> cpus_;
  std::vector<int64_t> delays_;  // of each thread at construction, ns
  int64_t began_ns_ = 0;
  bool own_cpus_ = false;
  std::optional<double> other_load_;
  uint64_t files_peak_ = 0;
  uint64_t voluntary_ = 0, involuntary_ = 0;
  std::optional<NetworkCounts> network_;
  std::optional<CpuTicks> cpu_;
  std::optional<QuotaPeriods> quota_;
};

}  // namespace ringload::health
