// Processors, their clock and what keeps them from answering at once.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "health/cpu_quota.h"
#include "health/fact_groups.h"

namespace ringload::health {
namespace {

constexpr std::string_view kCpus = "/sys/devices/system/cpu";
constexpr int64_t kWakeUsWanted = 50;  // longest wake-up from an idle state

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void count(Facts& facts, const HostFiles& host) {
  HostFact fact{"CPUs", Fitness::ok, "unknown", "2 or more", "with one CPU the load shares it with reports and the "
                                                             "system"};
  const auto status = host.text("/proc/self/status");
  constexpr std::string_view kKey = "Cpus_allowed_list:";
  const size_t at = status ? status->find(kKey) : std::string::npos;
  if (at != std::string::npos) {
    std::string_view list = std::string_view(*status).substr(at + kKey.size());
    while (!list.empty() && (list.front() == '\t' || list.front() == ' ')) list.remove_prefix(1);
    const size_t allowed = cpus_in(list).size();
    const size_t online = cpus_in(host.line(std::string(kCpus) + "/online").value_or("")).size();
    fact.value = online > allowed ? fmt::format("{} of {} online", allowed, online) : std::to_string(allowed);
    if (allowed < 2) fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

void quota(Facts& facts, const HostFiles& host) {
  HostFact fact{"CPU quota", Fitness::ok, "none", "none",
                "the kernel stops the process when its quota is used up, which shows as latency: remove the CPU limit "
                "of the container and reserve whole CPUs instead (cpuset)"};
  if (const auto found = cpu_quota(host)) {
    fact.value = fmt::format("{:.3g} CPUs", *found);
    fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

void clock(Facts& facts, const HostFiles& host) {
  HostFact fact{"clock source", Fitness::ok, "unknown", "tsc (kvm-clock, arch_sys_counter)",
                "each reading of this clock is a system call: boot with clocksource=tsc tsc=reliable if the CPUs' "
                "counters are in step"};
  if (const auto source = host.line("/sys/devices/system/clocksource/clocksource0/current_clocksource")) {
    fact.value = *source;
    const std::set<std::string> fast{"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page"};
    if (!fast.contains(*source)) fact.fitness = Fitness::could_be_better;
    if (*source == "jiffies") fact.fitness = Fitness::unfit;  // a tick of milliseconds
  }
  facts.push_back(fact);
}

void governor(Facts& facts, const HostFiles& host) {
  HostFact fact{"CPU governor", Fitness::ok, "not exposed", "performance",
                "the clock rate rises only under load, which costs the first requests of each burst: "
                "cpupower frequency-set -g performance"};
  std::set<std::string> found;
  for (const std::string& cpu : host.numbered(kCpus, "cpu"))
    if (const auto name = host.line(std::string(kCpus) + "/" + cpu + "/cpufreq/scaling_governor")) found.insert(*name);
  if (!found.empty()) {
    fact.value = joined(found);
    if (found != std::set<std::string>{"performance"}) fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

void idle_states(Facts& facts, const HostFiles& host) {
  HostFact fact{"C-states", Fitness::ok, "not exposed", fmt::format("wake-up within {} us", kWakeUsWanted),
                "an idle CPU wakes late: disable the deep states (tools/sysctl-tuning.sh --apply, or cpupower "
                "idle-set -D 10)"};
  int64_t deepest = -1;
  std::string name;
  for (const std::string& cpu : host.numbered(kCpus, "cpu")) {
    const std::string directory = std::string(kCpus) + "/" + cpu + "/cpuidle";
    for (const std::string& state : host.numbered(directory, "state")) {
      const std::string base = directory + "/" + state;
      const auto latency = host.number(base + "/latency");
      if (!latency || host.number(base + "/disable").value_or(0) != 0 || *latency <= deepest) continue;
      deepest = *latency;
      name = host.line(base + "/name").value_or(state);
    }
  }
  if (deepest >= 0) {
    fact.value = fmt::format("{}, wake-up {} us", name, deepest);
    if (deepest > kWakeUsWanted) fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

void threads(Facts& facts, const HostFiles& host) {
  HostFact fact{"SMT", Fitness::ok, "off", "off, or one shard per core",
                "two hardware threads of one core slow each other down: pin shards to one of each pair (--cpu-list; "
                "pairs in /sys/devices/system/cpu/cpu0/topology/thread_siblings_list)"};
  const auto active = host.number(std::string(kCpus) + "/smt/active");
  if (!active) fact.value = "unknown";
  if (active == 1) {
    fact.value = "on";
    fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

void memory_nodes(Facts& facts, const HostFiles& host) {
  HostFact fact{"kernel.numa_balancing", Fitness::ok, "not there", "0",
                "the kernel moves pages between nodes under a running load: sysctl -w kernel.numa_balancing=0"};
  const size_t nodes = host.numbered("/sys/devices/system/node", "node").size();
  if (const auto value = host.number("/proc/sys/kernel/numa_balancing")) {
    fact.value = nodes > 1 ? fmt::format("{}, {} nodes", *value, nodes) : fmt::format("{}, one node", *value);
    if (*value != 0 && nodes > 1) fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

}  // namespace

void add_cpu_facts(Facts& facts, const HostFiles& host) {
  count(facts, host);
  quota(facts, host);
  clock(facts, host);
  governor(facts, host);
  idle_states(facts, host);
  threads(facts, host);
  memory_nodes(facts, host);
}

// Interrupts of network cards: receive work is done on the CPU that takes them.
void add_interrupt_facts(Facts& facts, const HostFiles& host) {
  HostFact fact{"IRQ affinity", Fitness::ok, "no network card with its own interrupts", "spread over CPUs",
                "one CPU does the receive work of all queues: give each its own (tools/sysctl-tuning.sh --apply, and "
                "stop irqbalance)"};
  size_t queues = 0;
  std::set<int> cpus;
  for (const std::string& card : host.names("/sys/class/net")) {
    const std::string device = "/sys/class/net/" + card + "/device";
    std::vector<std::string> interrupts = host.numbered(device + "/msi_irqs", "");
    if (interrupts.empty()) interrupts = host.numbered(device + "/../msi_irqs", "");  // virtio stands below PCI
    for (const std::string& interrupt : interrupts) {
      const std::string base = "/proc/irq/" + interrupt;
      auto list = host.line(base + "/effective_affinity_list");
      if (!list || list->empty()) list = host.line(base + "/smp_affinity_list");
      if (!list) continue;
      ++queues;
      for (const int cpu : cpus_in(*list)) cpus.insert(cpu);
    }
  }
  if (queues > 0) {
    fact.value = fmt::format("{} interrupt{} on {} CPU{}", queues, queues == 1 ? "" : "s", cpus.size(),
                             cpus.size() == 1 ? "" : "s");
    const size_t online = cpus_in(host.line(std::string(kCpus) + "/online").value_or("")).size();
    if (queues > 1 && cpus.size() == 1 && online > 1) fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

std::optional<CpuShares> CpuShares::read(const HostFiles& host) {
  const auto line = host.line("/proc/stat");
  if (!line || !line->starts_with("cpu ")) return std::nullopt;
  const auto fields = numbers_in(std::string_view(*line).substr(4));
  if (fields.size() < 8) return std::nullopt;
  CpuShares shares;
  // user nice system idle iowait irq softirq steal; guest times are part of user.
  for (size_t i = 0; i < 8; ++i) shares.total += static_cast<uint64_t>(fields[i]);
  shares.idle = static_cast<uint64_t>(fields[3] + fields[4]);
  shares.steal = static_cast<uint64_t>(fields[7]);
  return shares;
}

void add_load_facts(Facts& facts, const std::optional<CpuShares>& before, const std::optional<CpuShares>& after) {
  HostFact steal{"CPU steal", Fitness::ok, "unknown", "below 2 %",
                 "other guests of the hypervisor take CPU time, which shows as latency: dedicated CPUs or bare metal"};
  HostFact load{"other load", Fitness::ok, "unknown", "below 10 %",
                "other processes use the CPUs: stop them, or keep them off the shards' CPUs (--cpu-list, taskset)"};
  if (before && after && after->total > before->total) {
    const auto total = static_cast<double>(after->total - before->total);
    // Idle and stolen time are known to step back a little.
    const auto grown = [&](uint64_t from, uint64_t to) {
      return to > from ? static_cast<double>(to - from) / total : 0;
    };
    const double stolen = grown(before->steal, after->steal);
    const double used = 1 - grown(before->idle, after->idle) - stolen;
    steal.value = fmt::format("{:.1f} %", stolen * 100);
    if (stolen > 0.02) steal.fitness = Fitness::could_be_better;
    if (stolen > 0.20) steal.fitness = Fitness::unfit;
    load.value = fmt::format("{:.1f} %", std::max(0.0, used) * 100);
    if (used > 0.10) load.fitness = Fitness::could_be_better;
  }
  facts.push_back(steal);
  facts.push_back(load);
}

}  // namespace ringload::health
