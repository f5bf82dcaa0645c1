// All figures of one scenario in one stage: counters, and a histogram for each duration that a user feels.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ringload/metrics.h"
#include "ringload/outcome.h"
#include "ringload/rate_limits.h"
#include "stats/tally.h"

namespace ringload::stats {

// µs, but for stream_tokens: thousandths of a token/s. Definitions: docs/metrics.md.
enum class Figure : uint8_t {
  latency,         // end − intended, ok requests
  service,         // end − sent of the last attempt, ok requests
  failed_latency,  // end − intended, failed requests
  ttfb,            // first byte − intended
  ttft,            // first token − intended, streams
  ttfot,           // first token that is not reasoning − intended, streams
  itl,             // every gap between two content events of a stream
  tpot,            // (last token − first token) / (tokens − 1), ok streams with 2 tokens or more
  stream_tokens,   // its inverse; none for a stream whose tokens all came at one instant
};
inline constexpr size_t kFigures = static_cast<size_t>(Figure::stream_tokens) + 1;

// As reports call it, without a unit: "latency", "ttft", "stream_tokens".
std::string_view figure_name(Figure figure);

struct TokenSums {
  uint64_t prompt = 0, cached = 0, completion = 0, reasoning = 0;

  void add(const Tokens& tokens);  // what was not told counts 0
  TokenSums& operator+=(const TokenSums& other);
  friend bool operator==(const TokenSums&, const TokenSums&) = default;
};

// Requests that ended inside the stage's steady window, whichever stage or warm-up intended them: rates come from
// these.
struct WindowCounts {
  uint64_t ended = 0;  // ok or failed
  uint64_t ok = 0;
  uint64_t good = 0;
  TokenSums tokens;    // of the ok ones
  uint64_t open_ns = 0;  // for which requests were open within the window, of all requests together

  WindowCounts& operator+=(const WindowCounts& other);
  friend bool operator==(const WindowCounts&, const WindowCounts&) = default;
};

// Everything but `warmup`, `warmup_tokens` and `window` is of requests intended in the steady window.
struct ScenarioRecord {
  ScenarioRecord();  // takes the memory of all histograms at once

  Histogram& operator[](Figure figure) { return histograms[static_cast<size_t>(figure)]; }
  const Histogram& operator[](Figure figure) const { return histograms[static_cast<size_t>(figure)]; }
  uint64_t& censored_of(Figure figure) { return censored[static_cast<size_t>(figure)]; }
  uint64_t censored_of(Figure figure) const { return censored[static_cast<size_t>(figure)]; }

  void add(const ScenarioRecord& other);
  void clear();

  Tally steady;
  Tally warmup;
  std::array<uint64_t, kErrorClasses> errors{};  // by ErrorClass, shed under gen_overload; [ok] stays 0
  std::array<uint64_t, 500> status{};            // of every response, by status code − 100
  uint64_t status_other = 0;                     // responses with a code outside 100 … 599
  uint64_t good = 0;                             // ok and within every SLO bound
  uint64_t streams = 0;                          // ok requests that were streamed
  uint64_t content_events = 0;
  uint64_t coalesced_events = 0;                 // content events that shared a receive with the one before
  uint64_t tokens_estimated = 0;                 // requests whose tokens were counted, not told
  uint64_t bytes_sent = 0, bytes_received = 0;
  TokenSums tokens;                              // of every request that told some, failed ones too: they cost money
  TokenSums warmup_tokens;
  WindowCounts window;
  RateLimits rate_limits;                        // of every answer, those that were tried again too
  std::array<uint64_t, kFigures> censored{};     // requests that never got so far: +infinity in every percentile
  std::array<Histogram, kFigures> histograms;

 private:
  explicit ScenarioRecord(CountBlock block);
  CountBlock block_;
};

}  // namespace ringload::stats
