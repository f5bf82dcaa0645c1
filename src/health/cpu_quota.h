// A limit on CPU time (cgroup): it lets a container run freely and then stops it for the rest of each period (100 ms).
#pragma once
#include <cstdint>
#include <optional>

#include "health/host_files.h"

namespace ringload::health {

// In CPUs, the tightest of this process's groups. Absent: none.
std::optional<double> cpu_quota(const HostFiles& host);

// Periods of the group whose quota is the tightest, and those in which it was used up, since the group was made.
struct QuotaPeriods {
  uint64_t all = 0, throttled = 0;
};
// Absent without a quota.
std::optional<QuotaPeriods> quota_periods(const HostFiles& host);
// Share of the periods between the two. Absent when none ended.
std::optional<double> throttled_between(const QuotaPeriods& before, const QuotaPeriods& after);

}  // namespace ringload::health
