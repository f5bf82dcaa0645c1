#include "cli/nearest.h"

#include <algorithm>
#include <vector>

namespace ringload::cli {

unsigned edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the usual table: a swap looks two back.
  std::vector<unsigned> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (unsigned j = 0; j <= b.size(); ++j) last[j] = j;
  for (unsigned i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (unsigned j = 1; j <= b.size(); ++j) {
      const unsigned change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> names) {
  std::string_view best;
  if (name.empty() || name.size() > 64) return best;
  unsigned best_distance = static_cast<unsigned>(std::max<size_t>(2, name.size() / 3)) + 1;
  for (const std::string_view candidate : names) {
    // A name that was not finished counts as one step away.
    const bool begun = name.size() >= 3 && candidate.starts_with(name);
    const unsigned distance = begun ? 1 : edit_distance(name, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

}  // namespace ringload::cli
