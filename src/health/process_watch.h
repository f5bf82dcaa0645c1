// What this process uses of its host while it runs, sampled now and then from /proc and getrusage.
#pragma once
#include <cstdint>
#include <optional>

#include "health/run_delay.h"

namespace ringload::health {

struct NetworkCounts {
  uint64_t retransmits = 0;       // Tcp: RetransSegs
  uint64_t listen_overflows = 0;  // TcpExt: ListenOverflows
};
std::optional<NetworkCounts> read_network_counts();

class ProcessWatch {
 public:
  ProcessWatch();
  void sample();

  uint64_t files_peak() const { return files_peak_; }
  uint64_t files_limit() const;
  uint64_t memory_peak_bytes() const;      // of the process's life
  uint64_t switches_voluntary() const;     // since construction
  uint64_t switches_involuntary() const;
  std::optional<uint64_t> retransmits() const;
  std::optional<uint64_t> listen_overflows() const;
  std::optional<double> steal() const;     // share of all CPU time since construction

 private:
  uint64_t files_peak_ = 0;
  uint64_t voluntary_ = 0, involuntary_ = 0;
  std::optional<NetworkCounts> network_;
  std::optional<CpuTicks> cpu_;
};

}  // namespace ringload::health
