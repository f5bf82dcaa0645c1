#include "experiment/disturbance.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace ringload::experiment {
namespace {

constexpr double kTolerated = 0.02;

int64_t now_ns() {
  timespec at{};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1'000'000'000 + at.tv_nsec;
}

// Run and wait time of every thread below a process's directory, ns.
std::map<int, std::pair<int64_t, int64_t>> threads_of(const health::HostFiles& host, const std::string& process,
                                                      std::string_view name) {
  std::map<int, std::pair<int64_t, int64_t>> threads;
  for (const std::string& tid : host.numbered(process + "/task", "")) {
    const std::string base = process + "/task/" + tid;
    if (!name.empty() && !host.line(base + "/comm").value_or("").starts_with(name)) continue;
    const auto fields = health::numbers_in(host.line(base + "/schedstat").value_or(""));
    if (fields.size() == 3) threads[std::atoi(tid.c_str())] = {fields[0], fields[1]};
  }
  return threads;
}

// Ticks that were spent on processes, from the first line of /proc/stat.
int64_t busy_ticks(const health::HostFiles& host) {
  const std::string line = host.line("/proc/stat").value_or("cpu");
  const auto fields = health::numbers_in(std::string_view(line).substr(std::min<size_t>(line.size(), 3)));
  if (fields.size() < 3) return 0;
  return fields[0] + fields[1] + fields[2];  // user nice system; interrupts are nobody's
}

}  // namespace

Disturbance::Disturbance(int target_pid, health::HostFiles host)
    : host_(std::move(host)), target_pid_(target_pid), last_(take()) {}

Disturbance::Sample Disturbance::take() const {
  Sample sample;
  sample.at_ns = now_ns();
  sample.ticks = health::cpu_ticks(host_, {});
  sample.busy_ticks = busy_ticks(host_);
  for (const auto& [tid, times] : threads_of(host_, "/proc/self", {})) sample.own_run_ns += times.first;
  for (const auto& [tid, times] : threads_of(host_, "/proc/self", "shard")) sample.shards[tid] = times.second;
  if (target_pid_ > 0)
    for (const auto& [tid, times] : threads_of(host_, "/proc/" + std::to_string(target_pid_), {})) {
      sample.target_run_ns += times.first;
      sample.target_delay_ns += times.second;
    }
  return sample;
}

Disturbance::Reading Disturbance::since_last() {
  const Sample now = take();
  Reading reading;
  const auto wall = static_cast<double>(now.at_ns - last_.at_ns);
  reading.seconds = wall / 1e9;
  if (wall > 0) {
    if (now.ticks && last_.ticks) reading.steal = health::steal_between(*last_.ticks, *now.ticks);
    for (const auto& [tid, waited] : now.shards)
      if (const auto before = last_.shards.find(tid); before != last_.shards.end())
        reading.shard_delay =
            std::max(reading.shard_delay.value_or(0), static_cast<double>(waited - before->second) / wall);
    if (target_pid_ > 0 && now.target_run_ns > 0) {
      const auto share = [&](int64_t ns) { return std::max(0.0, static_cast<double>(ns) / wall); };
      reading.target_cpu = share(now.target_run_ns - last_.target_run_ns);
      reading.target_delay = share(now.target_delay_ns - last_.target_delay_ns);
      const double busy =
          static_cast<double>(now.busy_ticks - last_.busy_ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)) * 1e9;
      reading.other_cpu = std::max(0.0, busy / wall - share(now.own_run_ns - last_.own_run_ns) - *reading.target_cpu);
    }
  }
  last_ = now;
  return reading;
}

Disturbed disturbed_by(const Disturbance::Reading& reading) {
  const auto percent = [](double share) {
    char text[16];
    std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
    return std::string(text);
  };
  const double steal = reading.steal.value_or(0);
  if (steal > kTolerated) return {steal, "the hypervisor took " + percent(steal) + " of the CPUs"};
  // A target that fills its CPUs makes its own threads (and ours) wait: that is its limit, and no disturbance. So
  // waiting counts only as far as strangers used the CPUs, when the target's own use is known.
  const double strangers = reading.other_cpu.value_or(1e9);
  const double ours = std::min(reading.shard_delay.value_or(0), strangers);
  const double theirs = std::min(reading.target_delay.value_or(0), strangers);
  if (ours > kTolerated)
    return {std::max(ours, theirs), "a shard waited " + percent(*reading.shard_delay) + " of the time for its CPU"};
  if (theirs > kTolerated)
    return {theirs, "the target waited for CPUs that others used (" + percent(*reading.other_cpu) + ")"};
  return {};
}

int listener_of(uint16_t port) {
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X", port);
  std::string inode;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    for (std::string line; inode.empty() && std::getline(file, line);) {
      std::istringstream words(line);
      std::string word[10];
      for (std::string& one : word) words >> one;
      if (word[1].ends_with(wanted) && word[3] == "0A") inode = "socket:[" + word[9] + "]";  // listening
    }
  }
  if (inode.empty()) return 0;
  for (const std::string& pid : health::HostFiles().numbered("/proc", "")) {
    const std::string folder = "/proc/" + pid + "/fd";
    DIR* directory = ::opendir(folder.c_str());
    if (directory == nullptr) continue;
    bool found = false;
    char link[64];
    while (const dirent* entry = ::readdir(directory)) {
      const ssize_t n = ::readlinkat(::dirfd(directory), entry->d_name, link, sizeof link);
      found = found || (n > 0 && std::string_view(link, static_cast<size_t>(n)) == inode);
    }
    ::closedir(directory);
    if (found) return std::atoi(pid.c_str());
  }
  return 0;
}

}  // namespace ringload::experiment
