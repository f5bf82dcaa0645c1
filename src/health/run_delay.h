// How long threads of ours were ready to run while their CPU ran something else: what other load does to us, whatever
// the CPU did while we slept.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "health/host_files.h"

namespace ringload::health {

// Nanoseconds since the thread `tid` of this process began. Absent: no such thread, or a kernel without schedstats.
std::optional<int64_t> run_delay(const HostFiles& host, int tid);

// Time of some CPUs, in clock ticks since boot, from /proc/stat.
struct CpuTicks {
  uint64_t total = 0, steal = 0;
};
// Of all CPUs when `cpus` is empty.
std::optional<CpuTicks> cpu_ticks(const HostFiles& host, std::span<const int> cpus);
// Share of the time between the two that the hypervisor took. Absent when no tick passed.
std::optional<double> steal_between(const CpuTicks& before, const CpuTicks& after);

}  // namespace ringload::health
