// `ringload doctor --calibrate`: what this generator reaches and how exactly it measures, found by loading its own mock
// in the same process. The mock takes CPU time too, so the figures are a floor of what the host can do, not a ceiling.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "ringload/run.h"

namespace ringload::cli {

// One closed stage of 64 virtual users a shard, as fast as it goes.
struct CalibratedThroughput {
  double requests_per_s = 0;   // ok ones
  double errors = 0;           // share
  double busy = 0;             // of the busiest shard, share of wall time
};

// One open stage at a tenth of the plain throughput against a mock whose first token comes after a fixed time.
struct CalibratedTiming {
  double rate = 0;                                        // requests/s
  std::optional<int64_t> lag_p50_us, lag_p99_us;          // sent later than intended
  std::optional<int64_t> ttft_error_p50_us, ttft_error_p99_us;  // TTFT beyond the mock's; its own lateness is in it
};

struct Calibration {
  unsigned shards = 0;
  CalibratedThroughput plain, streamed;                   // 128 tokens in, 128 out
  CalibratedTiming timing;
};

// About 10 s. The error is a sentence.
std::expected<Calibration, std::string> calibrate(const SessionOptions& options);

}  // namespace ringload::cli
