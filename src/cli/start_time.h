// --start-at: several hosts begin at one instant.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace ringload::cli {

// "+30s" from now_ms, or RFC 3339 with its offset: "2026-01-02T15:04:05Z", "2026-01-02T15:04:05.5+02:00".
// ms since 1970; the error says what is allowed.
std::expected<int64_t, std::string> parse_start(std::string_view text, int64_t now_ms);
int64_t unix_ms();
// Sleeps until then, or until a signal has come.
void wait_until(int64_t unix_ms);

}  // namespace ringload::cli
