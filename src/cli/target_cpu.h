// --pid: how much CPU the target's process used meanwhile.
#pragma once
#include <cstdint>
#include <optional>

namespace ringload::cli {

class TargetCpu {
 public:
  TargetCpu() = default;
  // Absent when there is no such process.
  static std::optional<TargetCpu> watch(int64_t pid);

  void start();
  // CPUs in use since start(), all threads together: 1.5 is one and a half. Absent when the process ended meanwhile.
  std::optional<double> cpus() const;

 private:
  std::optional<double> cpu_seconds() const;

  int64_t pid_ = 0;
  double cpu_at_start_ = 0;
  double time_at_start_ = 0;  // s
};

}  // namespace ringload::cli
