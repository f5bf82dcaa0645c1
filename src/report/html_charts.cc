#include "report/html_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "report/figures.h"
#include "report/json_out.h"
#include "report/number.h"

namespace ringload::report {
namespace {

constexpr size_t kMaxPoints = 1500;  // of one line: longer runs show every n-th second

struct Point {
  double x;
  std::string y;  // exact text
};

struct Line {
  std::string name;
  std::vector<Point> points;
};

struct Chart {
  std::string title, x, y;
  bool logarithmic = false;  // both axes of a percentile curve
  std::vector<Line> lines;
};

using Read = std::function<std::optional<std::string>(const SeriesPoint&)>;

Line line_of(const RunResult& result, std::string name, const Read& read) {
  Line line{std::move(name), {}};
  const size_t step = result.series.size() / kMaxPoints + 1;
  for (size_t i = 0; i < result.series.size(); i += step)
    if (auto y = read(result.series[i])) line.points.push_back({static_cast<double>(result.series[i].t), *y});
  return line;
}

Read count(uint64_t SeriesPoint::*member) {
  return [member](const SeriesPoint& point) { return fmt::format("{}", point.*member); };
}
Read milliseconds(int64_t SeriesPoint::*member) {
  return [member](const SeriesPoint& point) {
    return point.*member < 0 ? std::nullopt : std::optional(ms_exact(point.*member));
  };
}

// Latency over 1 ÷ (1 − percentile), a line a stage: straight where the tail is exponential, steps where it stalls.
Line percentile_line(const StageResult& stage, const Samples& samples) {
  Line line{fmt::format("stage {}", stage.stage), {}};
  if (samples.values.empty()) return line;
  const double total = static_cast<double>(sample_count(samples));
  for (double beyond = 1; beyond <= total; beyond *= 1.2589254) {  // ten steps a decade
    const auto us = percentile_of(samples, 100 - 100 / beyond);
    if (us) line.points.push_back({beyond, ms_exact(*us)});
  }
  return line;
}

std::vector<Chart> charts_of(const RunResult& result) {
  std::vector<Chart> charts{
      {"Requests per second", "s", "requests/s", false,
       {line_of(result, "scheduled", count(&SeriesPoint::scheduled)), line_of(result, "ok", count(&SeriesPoint::ok)),
        line_of(result, "failed", count(&SeriesPoint::failed))}},
      {"In flight", "s", "requests", false, {line_of(result, "in flight", count(&SeriesPoint::in_flight))}},
      {"Latency", "s", "ms", false,
       {line_of(result, "p50", milliseconds(&SeriesPoint::latency_p50_us)),
        line_of(result, "p99", milliseconds(&SeriesPoint::latency_p99_us))}},
      {"TTFT", "s", "ms", false,
       {line_of(result, "p50", milliseconds(&SeriesPoint::ttft_p50_us)),
        line_of(result, "p99", milliseconds(&SeriesPoint::ttft_p99_us))}},
      {"Completion tokens per second", "s", "tokens/s", false,
       {line_of(result, "out", count(&SeriesPoint::completion_tokens))}},
      {"Generator: send lag p99", "s", "ms", false, {line_of(result, "p99", milliseconds(&SeriesPoint::lag_p99_us))}}};
  for (const auto& [title, samples] : {std::pair("Latency by percentile", &Stat::latency),
                                       {"TTFT by percentile", &Stat::ttft}}) {
    Chart chart{title, "1 in … requests is slower", "ms", true, {}};
    for (const StageResult& stage : result.stages) chart.lines.push_back(percentile_line(stage, stage.total.*samples));
    charts.push_back(std::move(chart));
  }
  for (Chart& chart : charts) std::erase_if(chart.lines, [](const Line& line) { return line.points.empty(); });
  std::erase_if(charts, [](const Chart& chart) { return chart.lines.empty(); });
  return charts;
}

}  // namespace

std::string charts_json(const RunResult& result) {
  std::string text;
  JsonOut out(text);
  out.begin_array();
  for (const Chart& chart : charts_of(result)) {
    out.begin_object().key("title").string(chart.title).key("x").string(chart.x).key("y").string(chart.y);
    out.key("logarithmic").boolean(chart.logarithmic).key("series").begin_array();
    for (const Line& line : chart.lines) {
      out.begin_object().key("name").string(line.name).key("points").begin_array();
      for (const Point& point : line.points) out.begin_array().real(point.x).raw(point.y).end_array();
      out.end_array().end_object();
    }
    out.end_array().end_object();
  }
  out.end_array();
  // "</script>" and "<!--" inside a string would end or change the element.
  std::string safe;
  for (const char c : text) c == '<' ? safe += "\\u003c" : safe += c;
  return safe;
}

}  // namespace ringload::report
