#include "cli/host_info.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "engine/capacity.h"

namespace ringload::cli {

HostInfo describe_host() {
  HostInfo host;
  utsname name{};
  if (::uname(&name) == 0) {
    host.name = name.nodename;
    host.kernel = name.release;
  }
  host.cpus = engine::HostLimits::read().cpus;
  host.memory_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);) {
    if (!line.starts_with("model name")) continue;
    host.cpu_model = line.substr(std::min(line.size(), line.find(':') + 2));
    break;
  }
  return host;
}

}  // namespace ringload::cli
