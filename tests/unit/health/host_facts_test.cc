#include "health/host_facts.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <map>

#include "fake_host.h"

namespace ringload::health {
namespace {

std::map<std::string, HostFact> facts_of(FakeHost& host, const io::Kernel& kernel = io::linux_kernel(),
                                         const std::function<void()>& wait = {}) {
  std::map<std::string, HostFact> by_name;
  for (const HostFact& fact : host_facts(host.files(), kernel, [&] {
         if (wait) wait();
       })) {
    EXPECT_TRUE(by_name.emplace(fact.name, fact).second) << fact.name << " twice";
    EXPECT_FALSE(fact.value.empty()) << fact.name;
    EXPECT_FALSE(fact.wanted.empty()) << fact.name;
    EXPECT_EQ(fact.remedy.empty(), fact.fitness == Fitness::ok) << fact.name << ": " << fact.remedy;
  }
  return by_name;
}

TEST(HostFacts, WellTunedHostIsOkInEverything) {
  FakeHost host;
  const auto facts = facts_of(host, io::linux_kernel(), [&] { host.stat(1001, 8099, 0); });
  EXPECT_GE(facts.size(), 24u);
  for (const auto& [name, fact] : facts) {
    if (name == "io_uring") continue;  // this machine's
    EXPECT_EQ(fact.fitness, Fitness::ok) << name << " " << fact.value;
    EXPECT_NE(fact.value, "unknown") << name;
  }
  EXPECT_EQ(facts.at("kernel").value, "6.12.3-amd64");
  EXPECT_EQ(facts.at("net.ipv4.ip_local_port_range").value, "1024-65535 (64512 ports)");
  EXPECT_EQ(facts.at("CPUs").value, "4");
  EXPECT_EQ(facts.at("C-states").value, "C1, wake-up 2 us");  // C6 is disabled
  EXPECT_EQ(facts.at("IRQ affinity").value, "4 interrupts on 4 CPUs");
  EXPECT_EQ(facts.at("other load").value, "1.0 %");
  EXPECT_EQ(facts.at("CPU quota").value, "none");
}

TEST(HostFacts, AHostThatTellsNothingIsNotCalledUnfit) {
  FakeHost host;
  host.remove("/proc");
  host.remove("/sys");
  for (const auto& [name, fact] : facts_of(host)) {
    if (name != "io_uring") {
      EXPECT_EQ(fact.fitness, Fitness::ok) << name << " " << fact.value;
    }
  }
}

struct Spoilt {
  const char* fact;
  Fitness fitness;
  const char* path;   // "" : none
  const char* text;
  const char* value;  // as doctor prints it
  const char* remedy; // a part of it
};

class SpoiltHost : public testing::TestWithParam<Spoilt> {};

TEST_P(SpoiltHost, IsRatedWithItsRemedyAndNothingElseChanges) {
  const Spoilt& spoilt = GetParam();
  FakeHost host;
  host.write(spoilt.path, spoilt.text);
  const auto facts = facts_of(host);
  const HostFact& fact = facts.at(spoilt.fact);
  EXPECT_EQ(fact.fitness, spoilt.fitness);
  EXPECT_EQ(fact.value, spoilt.value);
  EXPECT_NE(fact.remedy.find(spoilt.remedy), std::string::npos) << fact.remedy;
  for (const auto& [name, other] : facts) {
    if (name != spoilt.fact && name != "io_uring") {
      EXPECT_EQ(other.fitness, Fitness::ok) << name << " " << other.value;
    }
  }
}

constexpr Fitness better = Fitness::could_be_better, unfit = Fitness::unfit;
const Spoilt kSpoilt[] = {
    {"kernel", unfit, "/proc/sys/kernel/osrelease", "5.15.0-91-generic\n", "5.15.0-91-generic", "6.1"},
    {"kernel", unfit, "/proc/sys/kernel/osrelease", "6.0.19\n", "6.0.19", "6.1"},
    {"kernel", better, "/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n", "6.1.0-18-amd64", "6.12"},
    {"kernel", better, "/proc/sys/kernel/osrelease", "6.11.9\n", "6.11.9", "6.12"},
    {"kernel.io_uring_disabled", better, "/proc/sys/kernel/io_uring_disabled", "1\n", "1", "io_uring_disabled=0"},
    {"kernel.io_uring_disabled", unfit, "/proc/sys/kernel/io_uring_disabled", "2\n", "2", "io_uring_disabled=0"},
    {"net.ipv4.ip_local_port_range", better, "/proc/sys/net/ipv4/ip_local_port_range", "32768 60999\n",
     "32768-60999 (28232 ports)", "--source-ip"},
    {"net.ipv4.ip_local_port_range", unfit, "/proc/sys/net/ipv4/ip_local_port_range", "60000 60999\n",
     "60000-60999 (1000 ports)", "1024 65535"},
    {"net.ipv4.tcp_tw_reuse", better, "/proc/sys/net/ipv4/tcp_tw_reuse", "0\n", "0", "tcp_tw_reuse=1"},
    {"net.ipv4.tcp_tw_reuse", better, "/proc/sys/net/ipv4/tcp_tw_reuse", "2\n", "2 (on loopback only)",
     "tcp_tw_reuse=1"},
    {"net.ipv4.tcp_tw_reuse", better, "/proc/sys/net/ipv4/tcp_timestamps", "0\n", "1 without tcp_timestamps",
     "tcp_timestamps=1"},
    {"net.core.somaxconn", better, "/proc/sys/net/core/somaxconn", "4095\n", "4095", "somaxconn=4096"},
    {"net.ipv4.tcp_max_syn_backlog", better, "/proc/sys/net/ipv4/tcp_max_syn_backlog", "512\n", "512",
     "tcp_max_syn_backlog=4096"},
    {"net.core.netdev_max_backlog", better, "/proc/sys/net/core/netdev_max_backlog", "1000\n", "1000",
     "netdev_max_backlog=4096"},
    {"net.core.rmem_max", better, "/proc/sys/net/core/rmem_max", "212992\n", "212992", "rmem_max=4194304"},
    {"net.core.wmem_max", better, "/proc/sys/net/core/wmem_max", "212992\n", "212992", "wmem_max=4194304"},
    {"net.ipv4.tcp_rmem", better, "/proc/sys/net/ipv4/tcp_rmem", "4096 131072 2000000\n", "2000000",
     "tcp_rmem='4096 131072 4194304'"},
    {"net.ipv4.tcp_wmem", better, "/proc/sys/net/ipv4/tcp_wmem", "4096 16384 2000000\n", "2000000",
     "tcp_wmem='4096 16384 4194304'"},
    {"net.ipv4.tcp_slow_start_after_idle", better, "/proc/sys/net/ipv4/tcp_slow_start_after_idle", "1\n", "1",
     "slow_start_after_idle=0"},
    {"net.ipv4.tcp_congestion_control", better, "/proc/sys/net/ipv4/tcp_congestion_control", "reno\n", "reno", "cubic"},
    {"net.netfilter.nf_conntrack_max", better, "/proc/sys/net/netfilter/nf_conntrack_max", "65536\n", "65536",
     "nf_conntrack_max=262144"},
    {"clock source", better, "/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n", "hpet",
     "tsc"},
    {"clock source", unfit, "/sys/devices/system/clocksource/clocksource0/current_clocksource", "jiffies\n", "jiffies",
     "tsc"},
    {"CPU governor", better, "/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "powersave\n",
     "performance, powersave", "-g performance"},
    {"C-states", better, "/sys/devices/system/cpu/cpu3/cpuidle/state2/disable", "0\n", "C6, wake-up 133 us",
     "idle-set"},
    {"SMT", better, "/sys/devices/system/cpu/smt/active", "1\n", "on", "--cpu-list"},
    {"CPUs", better, "/proc/self/status", "Cpus_allowed_list:\t2\n", "1 of 4 online", "one CPU"},
    {"CPU quota", better, "/sys/fs/cgroup/user.slice/session/cpu.max", "150000 100000\n", "1.5 CPUs", "cpuset"},
    {"CPU quota", better, "/sys/fs/cgroup/user.slice/cpu.max", "400000 100000\n", "4 CPUs", "cpuset"},  // of a parent
    {"CPU quota", better, "/sys/fs/cgroup/cpu.max", "50000 100000\n", "0.5 CPUs", "cpuset"},  // as a container sees it
};
INSTANTIATE_TEST_SUITE_P(HostFacts, SpoiltHost, testing::ValuesIn(kSpoilt));

TEST(HostFacts, OpenFilesAndLockedMemory) {
  FakeHost host;
  host.limits("1024", "65535", "unlimited");
  HostFact files = facts_of(host).at("open files");
  EXPECT_EQ(files.fitness, Fitness::could_be_better);
  EXPECT_EQ(files.value, "soft 1024, hard 65535");
  host.limits("256", "1023", "unlimited");
  EXPECT_EQ(facts_of(host).at("open files").fitness, Fitness::unfit);
  host.limits("unlimited", "unlimited", "8388608");
  EXPECT_EQ(facts_of(host).at("open files").fitness, Fitness::ok);
  EXPECT_EQ(facts_of(host).at("locked memory").fitness, Fitness::ok);
  host.limits("unlimited", "unlimited", "65536");
  EXPECT_EQ(facts_of(host).at("locked memory").fitness, Fitness::could_be_better);
}

TEST(HostFacts, OldControlGroupsHaveAQuotaToo) {
  FakeHost host;
  host.write("/proc/self/cgroup", "4:memory:/x\n1:cpu:/\n");
  host.write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  host.write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(facts_of(host).at("CPU quota").fitness, Fitness::ok);
  host.write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "250000\n");
  EXPECT_EQ(facts_of(host).at("CPU quota").value, "2.5 CPUs");
}

TEST(HostFacts, NumaBalancingMattersWithTwoNodes) {
  FakeHost host;
  host.write("/proc/sys/kernel/numa_balancing", "1\n");
  EXPECT_EQ(facts_of(host).at("kernel.numa_balancing").fitness, Fitness::ok);
  host.write("/sys/devices/system/node/node1/cpulist", "2-3\n");
  EXPECT_EQ(facts_of(host).at("kernel.numa_balancing").fitness, Fitness::could_be_better);
}

TEST(HostFacts, InterruptsOnOneCpu) {
  FakeHost host;
  for (const char* irq : {"40", "41", "42", "43"})
    host.write(std::string("/proc/irq/") + irq + "/effective_affinity_list", "0\n");
  EXPECT_EQ(facts_of(host).at("IRQ affinity").fitness, Fitness::could_be_better);
  EXPECT_EQ(facts_of(host).at("IRQ affinity").value, "4 interrupts on 1 CPU");
}

TEST(HostFacts, StealAndOtherLoadAreOfTheTimeBetween) {
  FakeHost host;
  const auto after = [&](int user, int idle, int steal) {
    host.stat(1000, 8000, 50);
    return facts_of(host, io::linux_kernel(), [&] { host.stat(user, idle, steal); });
  };
  auto facts = after(1000, 8098, 52);
  EXPECT_EQ(facts.at("CPU steal").fitness, Fitness::ok);
  EXPECT_EQ(facts.at("CPU steal").value, "2.0 %");
  facts = after(1000, 8097, 53);
  EXPECT_EQ(facts.at("CPU steal").fitness, Fitness::could_be_better);
  facts = after(1000, 8079, 71);
  EXPECT_EQ(facts.at("CPU steal").fitness, Fitness::unfit);
  facts = after(1011, 8089, 50);
  EXPECT_EQ(facts.at("CPU steal").value, "0.0 %");
  EXPECT_EQ(facts.at("other load").value, "11.0 %");
  EXPECT_EQ(facts.at("other load").fitness, Fitness::could_be_better);
  facts = after(1000, 8100, 49);  // it stepped back
  EXPECT_EQ(facts.at("CPU steal").value, "0.0 %");
}

TEST(HostFacts, ARingThatCannotBeHadIsUnfit) {
  FakeHost host;
  io::Kernel refusing = io::linux_kernel();
  refusing.setup = [](void*, unsigned, io_uring_params*, io_uring*) { return -ENOSYS; };
  const HostFact ring = facts_of(host, refusing).at("io_uring");
  EXPECT_EQ(ring.fitness, Fitness::unfit);
  EXPECT_FALSE(ring.remedy.empty());
}

TEST(HostFacts, TheWorstDecides) {
  std::vector<HostFact> facts(3);
  EXPECT_EQ(worst_of({}), Fitness::ok);
  EXPECT_EQ(worst_of(facts), Fitness::ok);
  facts[1].fitness = Fitness::could_be_better;
  EXPECT_EQ(worst_of(facts), Fitness::could_be_better);
  facts[0].fitness = Fitness::unfit;
  EXPECT_EQ(worst_of(facts), Fitness::unfit);
}

TEST(HostFiles, ListsAndNumbers) {
  EXPECT_EQ(cpus_in("0-3,8,10-11\n"), (std::vector<int>{0, 1, 2, 3, 8, 10, 11}));
  EXPECT_TRUE(cpus_in("").empty());
  EXPECT_TRUE(cpus_in("x").empty());
  EXPECT_EQ(cpus_in("2-x"), std::vector<int>{});
  EXPECT_TRUE(cpus_in("0-99999999").empty());
  EXPECT_EQ(numbers_in(" 4096\t87380 \t 6291456\n"), (std::vector<int64_t>{4096, 87380, 6291456}));
  EXPECT_TRUE(numbers_in("max 100").empty());
  FakeHost host;
  EXPECT_EQ(host.files().numbered("/sys/devices/system/cpu", "cpu"),
            (std::vector<std::string>{"cpu0", "cpu1", "cpu2", "cpu3"}));
  host.write("/sys/devices/system/cpu/cpu10/x", "");
  EXPECT_EQ(host.files().numbered("/sys/devices/system/cpu", "cpu").back(), "cpu10");
  host.write("/sys/devices/system/cpu/cpuidle/x", "");
  EXPECT_EQ(host.files().numbered("/sys/devices/system/cpu", "cpu").size(), 5u);
  host.write("/proc/sys/odd", "12 monkeys\n");
  EXPECT_FALSE(host.files().number("/proc/sys/odd"));
  EXPECT_FALSE(host.files().number("/proc/sys/none"));
}

}  // namespace
}  // namespace ringload::health
