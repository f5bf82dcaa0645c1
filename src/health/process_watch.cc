#include "health/process_watch.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace ringload::health {
namespace {

rusage usage() {
  rusage now{};
  ::getrusage(RUSAGE_SELF, &now);
  return now;
}

int64_t monotonic_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

uint64_t count_open_files() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  uint64_t count = 0;
  while (const dirent* entry = ::readdir(directory)) count += entry->d_name[0] != '.';
  ::closedir(directory);
  return count > 0 ? count - 1 : 0;  // the directory itself
}

// /proc/net/snmp and netstat: a line of names, then a line of values, both beginning with "Tcp:" or the like.
std::optional<uint64_t> find_count(const char* path, const std::string& group, const std::string& name) {
  std::ifstream file(path);
  std::string names, values;
  while (std::getline(file, names)) {
    if (!names.starts_with(group)) continue;
    if (!std::getline(file, values)) return std::nullopt;
    std::istringstream name_words(names), value_words(values);
    std::string word, value;
    while (name_words >> word && value_words >> value)
      if (word == name) return std::stoull(value);
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<NetworkCounts> read_network_counts() {
  const auto retransmits = find_count("/proc/net/snmp", "Tcp:", "RetransSegs");
  const auto overflows = find_count("/proc/net/netstat", "TcpExt:", "ListenOverflows");
  if (!retransmits || !overflows) return std::nullopt;
  return NetworkCounts{*retransmits, *overflows};
}

ProcessWatch::ProcessWatch(std::vector<Thread> threads)
    : threads_(std::move(threads)), network_(read_network_counts()) {
  own_cpus_ = !threads_.empty();
  for (const Thread& thread : threads_) {
    if (thread.cpu < 0 || std::find(cpus_.begin(), cpus_.end(), thread.cpu) != cpus_.end()) own_cpus_ = false;
    if (thread.cpu >= 0) cpus_.push_back(thread.cpu);
    delays_.push_back(run_delay(HostFiles(), thread.tid).value_or(0));
  }
  cpu_ = cpu_ticks(HostFiles(), cpus_);
  quota_ = quota_periods(HostFiles());
  began_ns_ = monotonic_ns();
  const rusage now = usage();
  voluntary_ = static_cast<uint64_t>(now.ru_nvcsw);
  involuntary_ = static_cast<uint64_t>(now.ru_nivcsw);
  sample();
}

void ProcessWatch::sample() {
  files_peak_ = std::max(files_peak_, count_open_files());
  const int64_t wall = monotonic_ns() - began_ns_;
  if (!own_cpus_ || wall <= 0) return;
  double most = 0;
  for (size_t i = 0; i < threads_.size(); ++i) {
    const auto delay = run_delay(HostFiles(), threads_[i].tid);
    if (!delay) return;
    most = std::max(most, static_cast<double>(*delay - delays_[i]) / static_cast<double>(wall));
  }
  other_load_ = most;
}

uint64_t ProcessWatch::files_limit() const {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

uint64_t ProcessWatch::memory_peak_bytes() const { return static_cast<uint64_t>(usage().ru_maxrss) * 1024; }
uint64_t ProcessWatch::switches_voluntary() const { return static_cast<uint64_t>(usage().ru_nvcsw) - voluntary_; }
uint64_t ProcessWatch::switches_involuntary() const { return static_cast<uint64_t>(usage().ru_nivcsw) - involuntary_; }

std::optional<uint64_t> ProcessWatch::retransmits() const {
  const auto now = read_network_counts();
  if (!now || !network_) return std::nullopt;
  return now->retransmits - network_->retransmits;
}

std::optional<uint64_t> ProcessWatch::listen_overflows() const {
  const auto now = read_network_counts();
  if (!now || !network_) return std::nullopt;
  return now->listen_overflows - network_->listen_overflows;
}

std::optional<double> ProcessWatch::throttled() const {
  const auto now = quota_periods(HostFiles());
  return now && quota_ ? throttled_between(*quota_, *now) : std::nullopt;
}

std::optional<double> ProcessWatch::steal() const {
  const auto now = cpu_ticks(HostFiles(), cpus_);
  return now && cpu_ ? steal_between(*cpu_, *now) : std::nullopt;
}

}  // namespace ringload::health
