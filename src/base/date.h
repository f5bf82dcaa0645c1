// Dates as text → milliseconds of Unix time.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringload {

// RFC 3339: "2026-01-02T15:04:05Z", with a fraction, with an offset.
std::optional<int64_t> parse_rfc3339(std::string_view text);
// The date that HTTP prefers (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". The two forms that no server
// has been allowed to write since 1997 are not read.
std::optional<int64_t> parse_http_date(std::string_view text);

}  // namespace ringload
