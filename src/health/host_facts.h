// Is this host fit to generate load? What `ringload doctor` prints: one fact a line, each rated, with what would be
// better and how to get there (docs/tuning.md says why).
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "health/host_files.h"
#include "io/kernel.h"

namespace ringload::health {

enum class Fitness : uint8_t { ok, could_be_better, unfit };
std::string_view name_of(Fitness fitness);  // "ok", "could be better", "unfit"

struct HostFact {
  std::string name;      // "kernel"; of a sysctl its own name
  Fitness fitness = Fitness::ok;
  std::string value;     // as found; "unknown" when it cannot be read
  std::string wanted;
  std::string remedy;    // empty when ok
};

// `kernel` is asked for a ring. `wait` passes about a second, over which CPU time is looked at.
std::vector<HostFact> host_facts(const HostFiles& host, const io::Kernel& kernel, const std::function<void()>& wait);

Fitness worst_of(std::span<const HostFact> facts);

}  // namespace ringload::health
