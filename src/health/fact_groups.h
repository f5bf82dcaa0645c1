// The facts by what they are of; host_facts.cc puts them together.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "health/host_facts.h"

namespace ringload::health {

using Facts = std::vector<HostFact>;

void add_kernel_facts(Facts& facts, const HostFiles& host, const io::Kernel& kernel);
void add_limit_facts(Facts& facts, const HostFiles& host);
void add_network_facts(Facts& facts, const HostFiles& host);
void add_cpu_facts(Facts& facts, const HostFiles& host);
void add_interrupt_facts(Facts& facts, const HostFiles& host);

// What CPU time went to, from /proc/stat.
struct CpuShares {
  uint64_t total = 0, idle = 0, steal = 0;  // clock ticks over all CPUs
  static std::optional<CpuShares> read(const HostFiles& host);
};
void add_load_facts(Facts& facts, const std::optional<CpuShares>& before, const std::optional<CpuShares>& after);

}  // namespace ringload::health
