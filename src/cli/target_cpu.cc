#include "cli/target_cpu.h"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ringload::cli {
namespace {

double monotonic_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

std::optional<TargetCpu> TargetCpu::watch(int64_t pid) {
  TargetCpu target;
  target.pid_ = pid;
  if (!target.cpu_seconds()) return std::nullopt;
  target.start();
  return target;
}

void TargetCpu::start() {
  cpu_at_start_ = cpu_seconds().value_or(0);
  time_at_start_ = monotonic_seconds();
}

std::optional<double> TargetCpu::cpus() const {
  const auto now = cpu_seconds();
  const double seconds = monotonic_seconds() - time_at_start_;
  if (!now || seconds <= 0) return std::nullopt;
  return (*now - cpu_at_start_) / seconds;
}

// utime and stime of /proc/PID/stat: the 12th and 13th field behind the command, which may hold blanks and brackets.
std::optional<double> TargetCpu::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const size_t command_end = text.rfind(')');
  if (command_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(command_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace ringload::cli
