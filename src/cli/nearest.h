// "Did you mean": the known name that a mistyped one is closest to.
#pragma once
#include <span>
#include <string_view>

namespace ringload::cli {

// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
unsigned edit_distance(std::string_view a, std::string_view b);
// The closest of `names`; empty when none is close enough to be meant.
std::string_view nearest(std::string_view name, std::span<const std::string_view> names);

}  // namespace ringload::cli
