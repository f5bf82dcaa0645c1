// Response heads with the header fields of a provider.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "mock/text_writer.h"

namespace ringload::mock {

// What is left of the limits per minute.
struct RateLimitState {
  int64_t limit_requests = 10'000;
  int64_t remaining_requests = 9'999;
  int64_t reset_requests_ms = 6;
  int64_t limit_tokens = 2'000'000;
  int64_t remaining_tokens = 1'999'872;
  int64_t reset_tokens_ms = 3;
};

enum class Connection : uint8_t {
  keep,     // HTTP/1.1's default: nothing is said
  keep_1_0, // said, for HTTP/1.0
  close,
};

struct ResponseHead {
  int status = 200;
  std::string_view content_type = "application/json";
  std::optional<uint64_t> content_length;  // none: chunked, or to the close for HTTP/1.0
  bool chunked = false;
  Connection connection = Connection::keep;
  std::string_view date;
  int64_t unix_seconds = 0;                // the same instant
  std::string_view request_id;             // at most 128 bytes
  Nanos processing = -1;                   // < 0: not said
  const RateLimitState* limits = nullptr;  // null: not said
  bool anthropic = false;                  // names of the fields
  std::string_view allow;                  // of a 405
  Nanos retry_after = -1;                  // < 0: not said
  Nanos service = -1;                      // x-mock-service-us; < 0: not said
};

inline constexpr size_t kMaxHead = 1280;

void append_head(TextWriter& out, const ResponseHead& head);
std::string_view reason_of(int status);

}  // namespace ringload::mock
