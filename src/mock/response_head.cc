#include "mock/response_head.h"

#include <algorithm>
#include <chrono>

namespace ringload::mock {
namespace {

// Seconds with up to three decimals, as OpenAI writes resets: "6ms", "1.5s", "2s".
void append_reset(TextWriter& out, int64_t ms) {
  if (ms < 1000) {
    out.number(ms);
    out.text("ms");
    return;
  }
  out.number(ms / 1000);
  if (const int64_t rest = ms % 1000; rest != 0) {
    out.text(".");
    out.character(static_cast<char>('0' + rest / 100));
    out.character(static_cast<char>('0' + rest / 10 % 10));
    out.character(static_cast<char>('0' + rest % 10));
  }
  out.text("s");
}

void append_openai_limits(TextWriter& out, const RateLimitState& limits) {
  out.text("x-ratelimit-limit-requests: ");
  out.number(limits.limit_requests);
  out.text("\r\nx-ratelimit-limit-tokens: ");
  out.number(limits.limit_tokens);
  out.text("\r\nx-ratelimit-remaining-requests: ");
  out.number(limits.remaining_requests);
  out.text("\r\nx-ratelimit-remaining-tokens: ");
  out.number(limits.remaining_tokens);
  out.text("\r\nx-ratelimit-reset-requests: ");
  append_reset(out, limits.reset_requests_ms);
  out.text("\r\nx-ratelimit-reset-tokens: ");
  append_reset(out, limits.reset_tokens_ms);
  out.text("\r\n");
}

// The instant `ms` from now in whole seconds, rounded up: "2026-01-02T15:04:05Z".
void append_rfc3339(TextWriter& out, int64_t unix_seconds, int64_t ms) {
  constexpr int64_t kDay = 86'400;
  const int64_t at = unix_seconds + (std::min(ms, 365 * kDay * 1000) + 999) / 1000;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(at / kDay))};
  const auto part = [&](char before, int64_t value) {
    if (before != 0) out.character(before);
    if (value < 10) out.character('0');
    out.number(value);
  };
  part(0, int{date.year()});
  part('-', unsigned{date.month()});
  part('-', unsigned{date.day()});
  part('T', at % kDay / 3600);
  part(':', at % 3600 / 60);
  part(':', at % 60);
  out.character('Z');
}

void append_anthropic_limits(TextWriter& out, const RateLimitState& limits, int64_t unix_seconds) {
  out.text("anthropic-ratelimit-requests-limit: ");
  out.number(limits.limit_requests);
  out.text("\r\nanthropic-ratelimit-requests-remaining: ");
  out.number(limits.remaining_requests);
  out.text("\r\nanthropic-ratelimit-requests-reset: ");
  append_rfc3339(out, unix_seconds, limits.reset_requests_ms);
  out.text("\r\nanthropic-ratelimit-tokens-limit: ");
  out.number(limits.limit_tokens);
  out.text("\r\nanthropic-ratelimit-tokens-remaining: ");
  out.number(limits.remaining_tokens);
  out.text("\r\nanthropic-ratelimit-tokens-reset: ");
  append_rfc3339(out, unix_seconds, limits.reset_tokens_ms);
  out.text("\r\n");
}

void append_status_line(TextWriter& out, int status) {
  if (status == 200) return out.text("HTTP/1.1 200 OK\r\n");
  out.text("HTTP/1.1 ");
  out.number(status);
  out.text(" ");
  out.text(reason_of(status));
  out.text("\r\n");
}

}  // namespace

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 529: return "Overloaded";
    default: return "Status";
  }
}

void append_head(TextWriter& out, const ResponseHead& head) {
  append_status_line(out, head.status);
  out.text("date: ");
  out.text(head.date);
  out.text("\r\ncontent-type: ");
  out.text(head.content_type);
  if (head.content_length) {
    out.text("\r\ncontent-length: ");
    out.number(static_cast<int64_t>(*head.content_length));
  } else if (head.chunked) {
    out.text("\r\ntransfer-encoding: chunked");
  }
  if (head.connection == Connection::close) {
    out.text("\r\nconnection: close");
  } else if (head.connection == Connection::keep_1_0) {
    out.text("\r\nconnection: keep-alive");
  }
  out.text("\r\nx-request-id: ");
  out.text(head.request_id);
  if (head.anthropic) {
    out.text("\r\nrequest-id: ");
    out.text(head.request_id);
  } else if (head.processing >= 0) {
    out.text("\r\nopenai-processing-ms: ");
    out.number(head.processing / kMillisecond);
  }
  if (head.service >= 0) {
    out.text("\r\nx-mock-service-us: ");
    out.number(head.service / kMicrosecond);
  }
  if (!head.allow.empty()) {
    out.text("\r\nallow: ");
    out.text(head.allow);
  }
  if (head.retry_after >= 0) {
    // Whole seconds round up: a client that waits that long is never too early.
    out.text("\r\nretry-after: ");
    out.number((head.retry_after + kSecond - 1) / kSecond);
    out.text("\r\nretry-after-ms: ");
    out.number((head.retry_after + kMillisecond - 1) / kMillisecond);
  }
  out.text("\r\n");
  if (head.limits != nullptr) {
    head.anthropic ? append_anthropic_limits(out, *head.limits, head.unix_seconds) : append_openai_limits(out, *head.limits);
  }
  out.text("\r\n");
}

}  // namespace ringload::mock
