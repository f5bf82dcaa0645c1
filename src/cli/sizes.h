// Sizes and counts for people.
#pragma once
#include <cstdint>
#include <string>

namespace ringload::cli {

std::string bytes_text(uint64_t bytes);    // "640 B", "12 KiB", "1.5 GiB"
std::string count_text(double count);      // "1,234,567"

}  // namespace ringload::cli
