// A copy of the parts of /proc and /sys that are read, below a directory of its own: a well-tuned host with four CPUs
// and one network card, for tests to spoil.
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "health/host_files.h"

namespace ringload::health {

class FakeHost {
 public:
  FakeHost() {
    // In memory where there is such a place: each test makes some seventy files.
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path parent = memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "ringload-host-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    write("/proc/sys/kernel/osrelease", "6.12.3-amd64\n");
    write("/proc/sys/kernel/io_uring_disabled", "0\n");
    write("/proc/sys/kernel/numa_balancing", "0\n");
    limits("1024", "1048576", "unlimited");
    write("/proc/sys/net/ipv4/ip_local_port_range", "1024\t65535\n");
    write("/proc/sys/net/ipv4/tcp_tw_reuse", "1\n");
    write("/proc/sys/net/ipv4/tcp_timestamps", "1\n");
    write("/proc/sys/net/ipv4/tcp_max_syn_backlog", "65535\n");
    write("/proc/sys/net/ipv4/tcp_rmem", "4096\t131072\t16777216\n");
    write("/proc/sys/net/ipv4/tcp_wmem", "4096\t16384\t16777216\n");
    write("/proc/sys/net/ipv4/tcp_slow_start_after_idle", "0\n");
    write("/proc/sys/net/ipv4/tcp_congestion_control", "cubic\n");
    write("/proc/sys/net/core/somaxconn", "65535\n");
    write("/proc/sys/net/core/netdev_max_backlog", "65536\n");
    write("/proc/sys/net/core/rmem_max", "16777216\n");
    write("/proc/sys/net/core/wmem_max", "16777216\n");
    write("/proc/self/status", "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\nMems_allowed:\t1\n");
    write("/proc/self/cgroup", "0::/user.slice/session\n");
    write("/sys/fs/cgroup/user.slice/session/cpu.max", "max 100000\n");
    stat(1000, 8000, 0);
    write("/sys/devices/system/cpu/online", "0-3\n");
    write("/sys/devices/system/cpu/smt/active", "0\n");
    write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    write("/sys/devices/system/node/node0/cpulist", "0-3\n");
    for (const std::string cpu : {"0", "1", "2", "3"}) {
      const std::string base = "/sys/devices/system/cpu/cpu" + cpu;
      write(base + "/cpufreq/scaling_governor", "performance\n");
      idle_state(cpu, "0", "POLL", "0", "0");
      idle_state(cpu, "1", "C1", "2", "0");
      idle_state(cpu, "2", "C6", "133", "1");
      write("/sys/class/net/eth0/device/msi_irqs/" + std::to_string(40 + std::stoi(cpu)), "msix\n");
      write("/proc/irq/" + std::to_string(40 + std::stoi(cpu)) + "/effective_affinity_list", cpu + "\n");
    }
    write("/sys/class/net/lo/address", "00:00:00:00:00:00\n");
  }
  ~FakeHost() { std::filesystem::remove_all(root_); }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  HostFiles files() const { return HostFiles(root_); }

  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void remove(const std::string& path) { std::filesystem::remove_all(root_ + path); }

  void limits(const std::string& soft_files, const std::string& hard_files, const std::string& locked) {
    write("/proc/self/limits", "Limit                     Soft Limit           Hard Limit           Units     \n"
                               "Max cpu time              unlimited            unlimited            seconds   \n"
                               "Max open files            " + soft_files + "   " + hard_files + "   files     \n"
                               "Max locked memory         " + locked + "       " + locked + "       bytes     \n");
  }
  void stat(int user, int idle, int steal) {
    write("/proc/stat", "cpu  " + std::to_string(user) + " 0 0 " + std::to_string(idle) + " 0 0 0 " +
                            std::to_string(steal) + " 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
  }
  void idle_state(const std::string& cpu, const std::string& state, const std::string& name, const std::string& latency,
                  const std::string& disable) {
    const std::string base = "/sys/devices/system/cpu/cpu" + cpu + "/cpuidle/state" + state;
    write(base + "/name", name + "\n");
    write(base + "/latency", latency + "\n");
    write(base + "/disable", disable + "\n");
  }

 private:
  std::string root_;
};

}  // namespace ringload::health
