// Names of figures in thresholds: `metric[_stat]`.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "ringload/threshold.h"

namespace ringload::load {

enum class MetricKind : unsigned char { time, ratio, rate };

struct MetricName {
  std::string metric;  // canonical: "latency", "ok_rps"
  std::string stat;    // "p95", "p99.9", "mean"; empty where a metric has none
  MetricKind kind;
};

// "ttft_p95", "p99" (of latency), "error_rate". nullopt: no such figure.
std::optional<MetricName> parse_metric_name(std::string_view text);
// Every metric by the names that may be written, for complaints.
std::string metric_names();
// The shortest text that reads back as the same number.
std::string number_text(double value);
std::string canonical_expr(const Threshold& threshold, MetricKind kind);

}  // namespace ringload::load
