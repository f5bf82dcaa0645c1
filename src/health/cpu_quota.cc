#include "health/cpu_quota.h"

#include <sstream>
#include <string>

namespace ringload::health {
namespace {

struct Group {
  std::string directory;
  double cpus = 0;
};

// Where this process is in a hierarchy: of a line "4:cpu,cpuacct:/path" or "0::/path".
std::string path_in(const std::string& groups, std::string_view controller) {
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controller.empty() ? names == ",," : names.find("," + std::string(controller) + ",") != std::string::npos)
      return line.substr(second + 1);
  }
  return "/";
}

std::optional<double> unified_quota(const HostFiles& host, const std::string& directory) {
  const auto numbers = numbers_in(host.line(directory + "/cpu.max").value_or(""));
  if (numbers.size() != 2 || numbers[1] <= 0) return std::nullopt;
  return static_cast<double>(numbers[0]) / static_cast<double>(numbers[1]);
}

std::optional<double> legacy_quota(const HostFiles& host, const std::string& directory) {
  const auto quota = host.number(directory + "/cpu.cfs_quota_us"), period = host.number(directory + "/cpu.cfs_period_us");
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// The group and all above it; a container sees its own as the root.
template <class Read>
void find_tightest(std::optional<Group>& tightest, const HostFiles& host, const std::string& mount, std::string path,
                   Read&& read) {
  for (;;) {
    if (path == "/") path.clear();
    if (const auto cpus = read(host, mount + path); cpus && (!tightest || *cpus < tightest->cpus))
      tightest = Group{mount + path, *cpus};
    if (path.empty()) return;
    path = path.substr(0, path.rfind('/'));
  }
}

std::optional<Group> tightest_group(const HostFiles& host) {
  const std::string groups = host.text("/proc/self/cgroup").value_or("");
  std::optional<Group> tightest;
  find_tightest(tightest, host, "/sys/fs/cgroup", path_in(groups, ""), unified_quota);
  find_tightest(tightest, host, "/sys/fs/cgroup/cpu", path_in(groups, "cpu"), legacy_quota);
  return tightest;
}

}  // namespace

std::optional<double> cpu_quota(const HostFiles& host) {
  const auto group = tightest_group(host);
  return group ? std::optional(group->cpus) : std::nullopt;
}

std::optional<QuotaPeriods> quota_periods(const HostFiles& host) {
  const auto group = tightest_group(host);
  if (!group) return std::nullopt;
  std::istringstream words(host.text(group->directory + "/cpu.stat").value_or(""));
  QuotaPeriods periods;
  std::string name;
  for (uint64_t value = 0; words >> name >> value;) {
    if (name == "nr_periods") periods.all = value;
    if (name == "nr_throttled") periods.throttled = value;
  }
  return periods;
}

std::optional<double> throttled_between(const QuotaPeriods& before, const QuotaPeriods& after) {
  if (after.all <= before.all || after.throttled < before.throttled) return std::nullopt;
  return static_cast<double>(after.throttled - before.throttled) / static_cast<double>(after.all - before.all);
}

}  // namespace ringload::health
