#include "cli/start_time.h"

#include <time.h>

#include <chrono>
#include <thread>

#include "base/date.h"
#include "cli/signals.h"
#include "load/json_value.h"
#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

constexpr const char* kAllowed = ", allowed: RFC 3339 such as 2026-01-02T15:04:05Z, or +30s";

}  // namespace

std::expected<int64_t, std::string> parse_start(std::string_view text, int64_t now_ms) {
  const auto bad = [&] { return std::unexpected("found " + load::shown(text) + kAllowed); };
  if (text.starts_with('+')) {
    const auto ns = parse_duration(text.substr(1));
    if (!ns) return bad();
    return now_ms + *ns / 1'000'000;
  }
  const auto at = parse_rfc3339(text);
  if (!at) return bad();
  return *at;
}

int64_t unix_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

void wait_until(int64_t at) {
  // In short naps: the clock may be set meanwhile, and a signal may come just before one.
  for (int64_t left; (left = at - unix_ms()) > 0 && first_signal() == 0;)
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min<int64_t>(left, 50)));
}

}  // namespace ringload::cli
