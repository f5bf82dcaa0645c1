// Ports, queues and buffers of TCP.
#include <fmt/format.h>

#include "health/fact_groups.h"

namespace ringload::health {
namespace {

constexpr int64_t kPortsWanted = 50'000, kPortsNeeded = 1024;

std::string path_of(std::string_view sysctl) {
  std::string path = "/proc/sys/" + std::string(sysctl);
  for (size_t i = 10; i < path.size(); ++i)
    if (path[i] == '.') path[i] = '/';
  return path;
}

// A sysctl that should be at least this; of several numbers the last is meant (tcp_rmem: min, default, max).
void at_least(Facts& facts, const HostFiles& host, const char* name, int64_t wanted, const char* why) {
  HostFact fact{name, Fitness::ok, "unknown", fmt::format("{} or more", wanted), ""};
  const auto found = numbers_in(host.line(path_of(name)).value_or(""));
  if (!found.empty()) {
    fact.value = std::to_string(found.back());
    if (found.back() < wanted) fact.fitness = Fitness::could_be_better;
    std::string value = std::to_string(wanted);
    if (found.size() == 3) value = fmt::format("'{} {} {}'", found[0], found[1], wanted);
    fact.remedy = fmt::format("{}: sysctl -w {}={}", why, name, value);
  }
  facts.push_back(fact);
}

void ports(Facts& facts, const HostFiles& host) {
  HostFact fact{"net.ipv4.ip_local_port_range", Fitness::ok, "unknown", fmt::format("{} ports or more", kPortsWanted),
                "one target address takes at most so many connections from one source address: "
                "sysctl -w net.ipv4.ip_local_port_range='1024 65535', or spread with --source-ip"};
  const auto range = numbers_in(host.line(path_of(fact.name)).value_or(""));
  if (range.size() == 2) {
    const int64_t ports = range[1] - range[0] + 1;
    fact.value = fmt::format("{}-{} ({} ports)", range[0], range[1], ports);
    if (ports < kPortsWanted) fact.fitness = Fitness::could_be_better;
    if (ports < kPortsNeeded) fact.fitness = Fitness::unfit;
  }
  facts.push_back(fact);
}

void time_wait(Facts& facts, const HostFiles& host) {
  HostFact fact{"net.ipv4.tcp_tw_reuse", Fitness::ok, "unknown", "1, with tcp_timestamps",
                "connections that we close keep their port for a minute: sysctl -w net.ipv4.tcp_tw_reuse=1"};
  const auto reuse = host.number(path_of(fact.name));
  const auto timestamps = host.number("/proc/sys/net/ipv4/tcp_timestamps");
  if (reuse) {
    fact.value = *reuse == 2 ? "2 (on loopback only)" : std::to_string(*reuse);
    if (*reuse != 1) fact.fitness = Fitness::could_be_better;
    if (*reuse != 0 && timestamps == 0) {
      fact.value += " without tcp_timestamps";
      fact.fitness = Fitness::could_be_better;
      fact.remedy = "ports are used again early only with timestamps: sysctl -w net.ipv4.tcp_timestamps=1";
    }
  }
  facts.push_back(fact);
}

void congestion(Facts& facts, const HostFiles& host) {
  HostFact fact{"net.ipv4.tcp_congestion_control", Fitness::ok, "unknown", "cubic or bbr",
                "others are rare outside of laboratories and answer loss differently: "
                "sysctl -w net.ipv4.tcp_congestion_control=cubic"};
  if (const auto value = host.line(path_of(fact.name))) {
    fact.value = *value;
    if (*value != "cubic" && *value != "bbr") fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

void slow_start(Facts& facts, const HostFiles& host) {
  HostFact fact{"net.ipv4.tcp_slow_start_after_idle", Fitness::ok, "unknown", "0",
                "pooled connections that paused send large prompts slowly again: "
                "sysctl -w net.ipv4.tcp_slow_start_after_idle=0"};
  if (const auto value = host.number(path_of(fact.name))) {
    fact.value = std::to_string(*value);
    if (*value != 0) fact.fitness = Fitness::could_be_better;
  }
  facts.push_back(fact);
}

// Connection tracking, where a firewall loaded it, drops packets of new connections when its table is full.
void tracking(Facts& facts, const HostFiles& host) {
  constexpr int64_t kTrackedWanted = 262'144;
  const auto most = host.number("/proc/sys/net/netfilter/nf_conntrack_max");
  if (!most) return;
  HostFact fact{"net.netfilter.nf_conntrack_max", Fitness::ok, std::to_string(*most),
                fmt::format("{} or more", kTrackedWanted),
                fmt::format("a full table drops new connections, which looks like a slow target: sysctl -w "
                            "net.netfilter.nf_conntrack_max={}, or do not track this traffic", kTrackedWanted)};
  if (*most < kTrackedWanted) fact.fitness = Fitness::could_be_better;
  facts.push_back(fact);
}

}  // namespace

void add_network_facts(Facts& facts, const HostFiles& host) {
  ports(facts, host);
  time_wait(facts, host);
  at_least(facts, host, "net.core.somaxconn", 4096, "a listener on this host (the mock, a local gateway) refuses "
                                                    "bursts");
  at_least(facts, host, "net.ipv4.tcp_max_syn_backlog", 4096, "a listener on this host drops bursts of new "
                                                              "connections");
  at_least(facts, host, "net.core.netdev_max_backlog", 4096, "bursts of packets are dropped before TCP sees them");
  at_least(facts, host, "net.core.rmem_max", 4 << 20, "bounds receive buffers that a program asks for");
  at_least(facts, host, "net.core.wmem_max", 4 << 20, "bounds send buffers that a program asks for");
  at_least(facts, host, "net.ipv4.tcp_rmem", 4 << 20, "bounds how far TCP grows receive buffers");
  at_least(facts, host, "net.ipv4.tcp_wmem", 4 << 20, "bounds how far TCP grows send buffers");
  slow_start(facts, host);
  congestion(facts, host);
  tracking(facts, host);
}

}  // namespace ringload::health
