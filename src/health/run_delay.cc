#include "health/run_delay.h"

#include <algorithm>
#include <charconv>

namespace ringload::health {
namespace {

// The number of "cpu3", −1 of "cpu", nothing of another word.
std::optional<int> cpu_of(std::string_view word) {
  if (!word.starts_with("cpu")) return std::nullopt;
  word.remove_prefix(3);
  if (word.empty()) return -1;
  int cpu = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), cpu);
  return error == std::errc{} && end == word.data() + word.size() ? std::optional(cpu) : std::nullopt;
}

}  // namespace

std::optional<int64_t> run_delay(const HostFiles& host, int tid) {
  // "time on a CPU, time waiting for one, time slices"
  const auto fields = numbers_in(host.line("/proc/self/task/" + std::to_string(tid) + "/schedstat").value_or(""));
  if (fields.size() != 3) return std::nullopt;
  return fields[1];
}

std::optional<CpuTicks> cpu_ticks(const HostFiles& host, std::span<const int> cpus) {
  const auto text = host.text("/proc/stat");
  if (!text) return std::nullopt;
  CpuTicks ticks;
  bool found = false;
  for (std::string_view rest = *text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const size_t space = std::min(line.find(' '), line.size());
    const auto cpu = cpu_of(line.substr(0, space));
    if (!cpu) break;  // those of CPUs come first
    if (cpus.empty() ? *cpu != -1 : std::find(cpus.begin(), cpus.end(), *cpu) == cpus.end()) continue;
    const auto fields = numbers_in(line.substr(space));
    // user nice system idle iowait irq softirq steal; guest times are part of user.
    if (fields.size() < 8) continue;
    for (size_t i = 0; i < 8; ++i) ticks.total += static_cast<uint64_t>(fields[i]);
    ticks.steal += static_cast<uint64_t>(fields[7]);
    found = true;
  }
  return found ? std::optional(ticks) : std::nullopt;
}

std::optional<double> steal_between(const CpuTicks& before, const CpuTicks& after) {
  if (after.total <= before.total) return std::nullopt;
  // Stolen time is known to step back a little.
  const uint64_t stolen = after.steal > before.steal ? after.steal - before.steal : 0;
  return std::min(1.0, static_cast<double>(stolen) / static_cast<double>(after.total - before.total));
}

}  // namespace ringload::health
