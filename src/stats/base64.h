// Base64 of RFC 4648, with padding.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringload::stats {

std::string base64_encode(std::span<const uint8_t> bytes);
// Absent when the text is not base64: other characters, missing padding, or bits beyond the last byte that are not 0.
std::optional<std::vector<uint8_t>> base64_decode(std::string_view text);

}  // namespace ringload::stats
