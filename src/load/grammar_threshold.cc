// `[scenario:|stageN:]metric[_stat](<=|>=|<|>)number[ms|s|us|%]`, for profiles and flags alike.
#include <array>
#include <charconv>
#include <cmath>

#include "load/json_value.h"
#include "load/threshold_names.h"
#include "ringload/profile_load.h"

namespace ringload {
namespace load {
namespace {

struct Metric {
  std::string_view written;
  std::string_view name;
  MetricKind kind;
};
constexpr std::array kMetrics = {
    Metric{"latency", "latency", MetricKind::time},
    Metric{"e2e", "latency", MetricKind::time},
    Metric{"service", "service", MetricKind::time},
    Metric{"ttfb", "ttfb", MetricKind::time},
    Metric{"ttft", "ttft", MetricKind::time},
    Metric{"ttfot", "ttfot", MetricKind::time},
    Metric{"itl", "itl", MetricKind::time},
    Metric{"tpot", "tpot", MetricKind::time},
    Metric{"error_rate", "error_rate", MetricKind::ratio},
    Metric{"goodput", "goodput", MetricKind::ratio},
    Metric{"rps", "ok_rps", MetricKind::rate},
    Metric{"ok_rps", "ok_rps", MetricKind::rate},
    Metric{"output_tokens_per_s", "output_tokens_per_s", MetricKind::rate},
    Metric{"stream_tokens_per_s", "stream_tokens_per_s", MetricKind::rate},
};

bool has_stat(const Metric& metric) {
  return metric.kind == MetricKind::time || metric.name == "stream_tokens_per_s";
}

// "p95" → "p95", "p999" and "p99.9" → "p99.9", "p100" is "max". Empty: not a statistic.
std::string stat_name(std::string_view text) {
  if (text == "mean" || text == "avg") return "mean";
  if (text == "min" || text == "max") return std::string(text);
  if (text.size() < 2 || (text[0] != 'p' && text[0] != 'P')) return {};
  std::string digits(text.substr(1));
  const size_t point = digits.find('.');
  if (digits.find_first_not_of("0123456789.") != std::string::npos || digits.rfind('.') != point) return {};
  if (point == 0 || point + 1 == digits.size()) return {};
  if (digits == "100") return "max";
  // p999 is the usual shorthand of p99.9; p101 is a slip.
  if (point == std::string::npos && digits.size() > 2) {
    if (digits[0] != '9') return {};
    digits.insert(2, ".");
  }
  const double percent = std::strtod(digits.c_str(), nullptr);
  if (!(percent > 0 && percent < 100) || digits.size() > 8) return {};
  while (digits.find('.') != std::string::npos && (digits.back() == '0' || digits.back() == '.')) {
    const bool point_reached = digits.back() == '.';
    digits.pop_back();
    if (point_reached) break;
  }
  while (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') digits.erase(0, 1);
  return "p" + digits;
}

}  // namespace

std::string metric_names() {
  std::string out;
  for (const Metric& metric : kMetrics) out += (out.empty() ? "" : ", ") + std::string(metric.written);
  return out;
}

std::optional<MetricName> parse_metric_name(std::string_view text) {
  if (std::string stat = stat_name(text); !stat.empty()) return MetricName{"latency", stat, MetricKind::time};
  const Metric* found = nullptr;
  for (const Metric& metric : kMetrics) {
    if (!text.starts_with(metric.written)) continue;
    if (text.size() > metric.written.size() && text[metric.written.size()] != '_') continue;
    if (found == nullptr || metric.written.size() > found->written.size()) found = &metric;
  }
  if (found == nullptr) return std::nullopt;
  MetricName name{std::string(found->name), has_stat(*found) ? "p95" : "", found->kind};
  if (text.size() > found->written.size()) {
    name.stat = has_stat(*found) ? stat_name(text.substr(found->written.size() + 1)) : "";
    if (name.stat.empty()) return std::nullopt;
  }
  return name;
}

std::string number_text(double value) {
  char buffer[40];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end};
}

std::string canonical_expr(const Threshold& threshold, MetricKind kind) {
  std::string out;
  if (threshold.stage > 0) out += "stage" + std::to_string(threshold.stage) + ":";
  if (!threshold.scenario.empty()) out += threshold.scenario + ":";
  out += threshold.metric;
  if (!threshold.stat.empty()) out += "_" + threshold.stat;
  constexpr std::string_view kOps[] = {"<=", ">=", "<", ">"};
  out += kOps[static_cast<size_t>(threshold.op)];
  return out + number_text(threshold.value) + (kind == MetricKind::time ? "ms" : "");
}

}  // namespace load

std::expected<Threshold, std::string> parse_threshold(std::string_view text) {
  using load::MetricKind;
  const auto bad = [&](const std::string& why) { return std::unexpected("found " + load::shown(text) + ", " + why); };
  std::string compact;
  // Spaces around the operator are a habit of many; a scenario's name may hold some.
  const size_t op_at = text.find_first_of("<>");
  if (op_at == std::string_view::npos) return bad("allowed: metric[_stat] then <=, >=, < or > then a number, as in ttft_p95<=500ms");
  std::string_view left = text.substr(0, op_at);
  std::string_view right = text.substr(op_at + 1);
  Threshold threshold;
  const bool equal = right.starts_with('=');
  if (equal) right.remove_prefix(1);
  threshold.op = text[op_at] == '<' ? (equal ? Threshold::Op::le : Threshold::Op::lt)
                                    : (equal ? Threshold::Op::ge : Threshold::Op::gt);
  const auto trim = [](std::string_view& part) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
  };
  trim(left);
  trim(right);
  if (const size_t colon = left.rfind(':'); colon != std::string_view::npos) {
    std::string_view scope = left.substr(0, colon);
    left.remove_prefix(colon + 1);
    // "stage2:chat:ttft" scopes to both.
    if (scope.starts_with("stage") && scope.size() > 5) {
      int stage = 0;
      const auto [end, error] = std::from_chars(scope.data() + 5, scope.data() + scope.size(), stage);
      const bool whole = end == scope.data() + scope.size();
      if (error == std::errc() && (whole || *end == ':')) {
        if (stage < 1) return bad("allowed: stages count from 1");
        threshold.stage = stage;
        scope.remove_prefix(std::min(static_cast<size_t>(end - scope.data()) + 1, scope.size()));
      }
    }
    if (scope.empty() && threshold.stage == 0) return bad("allowed: a scenario's name or stageN before the colon");
    threshold.scenario = scope;
  }
  const auto name = load::parse_metric_name(left);
  if (!name) {
    return bad("allowed metrics: " + load::metric_names() + "; statistics of times: mean, min, max, p50, p95, p99.9 …");
  }
  threshold.metric = name->metric;
  threshold.stat = name->stat;

  double value = 0;
  const auto [end, error] = std::from_chars(right.data(), right.data() + right.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return bad("allowed: a number ≥ 0 behind the operator");
  std::string_view unit(end, static_cast<size_t>(right.data() + right.size() - end));
  trim(unit);
  if (name->kind == MetricKind::time) {
    if (unit == "s") value *= 1'000;
    else if (unit == "us" || unit == "µs") value /= 1'000;
    else if (!unit.empty() && unit != "ms") return bad("allowed units of " + name->metric + ": ms, s, us");
  } else if (name->kind == MetricKind::ratio) {
    if (unit == "%") value /= 100;
    else if (!unit.empty()) return bad("allowed units of " + name->metric + ": none (a fraction) or %");
    if (value > 1) return bad("allowed: a fraction from 0 to 1, or 0% to 100%");
  } else if (!unit.empty() && unit != "/s") {
    return bad("allowed units of " + name->metric + ": none");
  }
  threshold.value = value;
  threshold.expr = load::canonical_expr(threshold, name->kind);
  trim(text);
  threshold.written = text;
  return threshold;
}

}  // namespace ringload
