// Ring features newer than the minimum kernel (6.1), probed once per ring. Each has a fallback and can be masked, so
// that the tests run what an older kernel would.
#pragma once
#include <cstdint>
#include <string>

namespace ringload::io {

enum Feature : uint32_t {
  kSocketOption = 1 << 0,   // URING_CMD SOCKET_URING_OP_SETSOCKOPT, kernel 6.7; else socket(2) and FILES_UPDATE
  kBind = 1 << 1,           // OP_BIND, 6.11; else bind(2) as above
  kAbsoluteTimer = 1 << 2,  // ENTER_ABS_TIMER, 6.12; else relative waits
  kMultishotAcceptDirect = 1 << 3,  // with table allocation, 6.0: always there, listed for the report
  kPortRange = 1 << 4,      // IP_LOCAL_PORT_RANGE, 6.3; else source addresses rotate earlier
};
inline constexpr uint32_t kAllFeatures = (1 << 5) - 1;
// What a 6.1 kernel has.
inline constexpr uint32_t kBaselineFeatures = kMultishotAcceptDirect;

// Names, comma-separated, for doctor and the report.
std::string feature_names(uint32_t features);
// The features that RINGLOAD_RING_MASK (comma-separated names, or "newer-than-6.1") takes away; 0 when unset.
uint32_t masked_features_from_environment();

}  // namespace ringload::io
