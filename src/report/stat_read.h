// One row of figures from JSON, as report/stat_json.h writes it.
#pragma once
#include <expected>
#include <string>

#include "report/json_in.h"
#include "ringload/result.h"

namespace ringload::report {

// Problems are for the caller to add a place to: "latency_us: not base64".
std::expected<Stat, std::string> read_stat(JsonValue json);
// A row of the Go tool: rates and percentiles, without histograms.
Stat read_loadtest_stat(JsonValue json, double window_s);
// As write_samples_us writes it.
std::expected<Samples, std::string> read_samples_us(JsonValue json);

}  // namespace ringload::report
