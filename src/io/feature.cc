#include "io/feature.h"

#include <cstdlib>
#include <string_view>

namespace ringload::io {
namespace {

struct Named {
  uint32_t bit;
  std::string_view name;
};
constexpr Named kNames[] = {
    {kSocketOption, "socket-option"},
    {kBind, "bind"},
    {kAbsoluteTimer, "absolute-timer"},
    {kMultishotAcceptDirect, "accept-direct"},
    {kPortRange, "port-range"},
};

}  // namespace

std::string feature_names(uint32_t features) {
  std::string names;
  for (const auto& [bit, name] : kNames) {
    if ((features & bit) == 0) continue;
    if (!names.empty()) names += ',';
    names += name;
  }
  return names;
}

uint32_t masked_features_from_environment() {
  const char* value = std::getenv("RINGLOAD_RING_MASK");
  if (value == nullptr) return 0;
  uint32_t masked = 0;
  std::string_view rest = value;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (word == "newer-than-6.1") masked |= kAllFeatures & ~kBaselineFeatures;
    for (const auto& [bit, name] : kNames)
      if (word == name) masked |= bit;
  }
  return masked;
}

}  // namespace ringload::io
