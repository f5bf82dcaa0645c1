// Kernel, io_uring and the limits of the process.
#include <fmt/format.h>

#include <cstdio>
#include <limits>

#include "health/fact_groups.h"
#include "io/ring.h"

namespace ringload::health {
namespace {

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();
constexpr int64_t kFilesWanted = 65'536, kFilesNeeded = 1024;
constexpr int64_t kLockedMemoryWanted = int64_t{8} << 20;

struct Limit {
  int64_t soft = 0, hard = 0;
};

// A row of /proc/self/limits: "Max open files            1024                 1048576              files".
std::optional<Limit> limit_of(const HostFiles& host, std::string_view name) {
  const auto text = host.text("/proc/self/limits");
  if (!text) return std::nullopt;
  const size_t at = text->find(name);
  if (at == std::string::npos) return std::nullopt;
  char soft[32] = {}, hard[32] = {};
  if (std::sscanf(text->c_str() + at + name.size(), "%31s %31s", soft, hard) != 2) return std::nullopt;
  const auto value = [](const char* word) {
    const auto numbers = numbers_in(word);
    return numbers.empty() ? kUnlimited : numbers.front();  // "unlimited"
  };
  return Limit{value(soft), value(hard)};
}

std::string text_of(int64_t limit) { return limit == kUnlimited ? "unlimited" : std::to_string(limit); }

}  // namespace

void add_kernel_facts(Facts& facts, const HostFiles& host, const io::Kernel& kernel) {
  HostFact version{"kernel", Fitness::ok, "unknown", "6.12 or newer",
                   "below 6.12 some of the ring's work takes extra system calls; a newer kernel gives more requests/s"};
  if (const auto release = host.line("/proc/sys/kernel/osrelease")) {
    version.value = *release;
    int major = 0, minor = 0;
    if (std::sscanf(release->c_str(), "%d.%d", &major, &minor) == 2) {
      const auto at_least = [&](int a, int b) { return major > a || (major == a && minor >= b); };
      if (!at_least(6, 1)) {
        version.fitness = Fitness::unfit;
        version.remedy = "ringload needs kernel 6.1 or newer (Debian 12's own)";
      } else if (!at_least(6, 12)) {
        version.fitness = Fitness::could_be_better;
      }
    }
  }
  facts.push_back(version);

  HostFact ring{"io_uring", Fitness::ok, "", "all features", ""};
  io::RingOptions options;
  options.entries = 64;
  options.completions = 128;
  options.files = 16;
  options.masked_features = io::masked_features_from_environment();
  if (const auto opened = io::Ring::open(kernel, options)) {
    const uint32_t missing = io::kAllFeatures & ~(*opened)->features();
    ring.value = missing == 0 ? "works, all features" : "works without " + io::feature_names(missing);
    if (missing != 0) {
      ring.fitness = Fitness::could_be_better;
      ring.remedy = "system calls take their place; a kernel from 6.12 on has them";
    }
  } else {
    ring.value = "cannot be used";
    ring.fitness = Fitness::unfit;
    ring.remedy = opened.error();
  }
  facts.push_back(ring);

  // Kernels below 6.6 have no such switch.
  HostFact disabled{"kernel.io_uring_disabled", Fitness::ok, "not there", "0", "sysctl -w kernel.io_uring_disabled=0"};
  if (const auto value = host.number("/proc/sys/kernel/io_uring_disabled")) {
    disabled.value = std::to_string(*value);
    if (*value == 1) disabled.fitness = Fitness::could_be_better;  // the privileged and one group may still use it
    if (*value >= 2) disabled.fitness = Fitness::unfit;
  }
  facts.push_back(disabled);
}

void add_limit_facts(Facts& facts, const HostFiles& host) {
  HostFact files{"open files", Fitness::ok, "unknown", fmt::format("hard limit {} or more", kFilesWanted),
                 "bounds the connections of one shard: raise nofile in /etc/security/limits.d (log in again), "
                 "LimitNOFILE= of a systemd unit, or --ulimit nofile= of a container"};
  if (const auto limit = limit_of(host, "Max open files")) {
    files.value = "soft " + text_of(limit->soft) + ", hard " + text_of(limit->hard);
    if (limit->hard < kFilesWanted) files.fitness = Fitness::could_be_better;
    if (limit->hard < kFilesNeeded) files.fitness = Fitness::unfit;
  }
  facts.push_back(files);

  HostFact locked{"locked memory", Fitness::ok, "unknown", fmt::format("{} bytes or more", kLockedMemoryWanted),
                  "registered buffers count against it: raise memlock in /etc/security/limits.d or LimitMEMLOCK="};
  if (const auto limit = limit_of(host, "Max locked memory")) {
    locked.value = text_of(limit->soft);
    if (limit->soft < kLockedMemoryWanted) locked.fitness = Fitness::could_be_better;
  }
  facts.push_back(locked);
}

}  // namespace ringload::health
