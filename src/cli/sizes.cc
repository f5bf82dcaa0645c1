#include "cli/sizes.h"

#include <fmt/format.h>

#include <cmath>

namespace ringload::cli {

std::string bytes_text(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  unsigned unit = 0;
  while (size >= 1024 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  return unit > 0 && size < 10 ? fmt::format("{:.1f} {}", size, kUnits[unit])
                               : fmt::format("{:.0f} {}", size, kUnits[unit]);
}

std::string count_text(double count) {
  std::string digits = fmt::format("{:.0f}", count);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace ringload::cli
