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
// The histogram of that name, when there is one.
std::expected<void, std::string> read_histogram(JsonValue object, std::string_view key, Histogram& into);
// As write_samples_us writes it.
std::expected<Samples, std::string> read_samples_us(JsonValue json);

}  // namespace ringload::report
