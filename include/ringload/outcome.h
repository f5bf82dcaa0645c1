// How one request ended: the classes of errors and the numbers that the recorder takes.
#pragma once
#include <cstdint>
#include <string_view>

namespace ringload {

// One class per failed request (docs/metrics.md, "Errors"). `ok` and `shed`, `cancelled` are no failures of the target.
enum class ErrorClass : uint8_t {
  ok,
  // the generator's own
  gen_fd_exhaustion,
  gen_port_exhaustion,
  gen_overload,  // shed, or no buffers
  // the network
  dns,
  conn_refused,
  conn_timeout,
  conn_unreachable,
  tls,
  timeout,
  eof,
  conn_reset,
  // HTTP
  http_protocol,
  http_4xx,
  rate_limited,
  http_5xx,
  overloaded,
  http_other,
  // LLM
  empty_completion,
  stream_error,
  stream_incomplete,
  bad_body,
  // the run
  cancelled,
  budget,
};
inline constexpr unsigned kErrorClasses = static_cast<unsigned>(ErrorClass::budget) + 1;

// The name as it stands in reports: "rate_limited".
std::string_view error_class_name(ErrorClass error);

// Whether a failure counts as +inf in every latency percentile: the user never got the answer.
constexpr bool is_censored(ErrorClass error) {
  return error == ErrorClass::timeout || error == ErrorClass::eof || error == ErrorClass::conn_reset ||
         error == ErrorClass::stream_incomplete;
}
constexpr bool is_generator_error(ErrorClass error) {
  return error == ErrorClass::gen_fd_exhaustion || error == ErrorClass::gen_port_exhaustion ||
         error == ErrorClass::gen_overload;
}

// Tokens as `usage` told them, or counted. -1: not told.
struct Tokens {
  int64_t prompt = -1;
  int64_t cached = -1;
  int64_t completion = -1;
  int64_t reasoning = -1;
  bool estimated = false;  // completion was counted from content events
};

// One finished request, instants in ns of the run's clock; -1 where an instant does not apply.
struct Outcome {
  ErrorClass error = ErrorClass::ok;
  bool shed = false;          // gen_overload before anything was sent; counted apart from failures
  bool warmup = false;
  bool stream = false;
  bool reused = false;        // the connection had carried a request before
  int16_t status = -1;        // HTTP status, -1 without a response
  uint32_t scenario = 0;
  int64_t intended = -1;
  int64_t sent = -1;          // of the last attempt
  int64_t first_byte = -1;
  int64_t first_token = -1;
  int64_t first_answer_token = -1;
  int64_t last_token = -1;
  int64_t end = -1;
  int64_t sched_lag = -1;     // duration, ns; never below 0
  int64_t dns = -1, connect = -1, tls = -1;  // durations, only on the request that opened the connection
  int64_t itl_sum = 0, itl_max = -1;         // of this request's gaps, ns
  uint32_t content_events = 0;
  uint32_t coalesced_events = 0;
  Tokens tokens;
  uint64_t bytes_sent = 0, bytes_received = 0;
};

}  // namespace ringload
