// One self-contained page: tables that work without scripts, charts beside them. Fetches nothing.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/chart_js.h"
#include "report/figures.h"
#include "report/html_charts.h"
#include "report/number.h"
#include "report/phrases.h"
#include "report/xml.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

const Style kStyle{};

constexpr std::string_view kCss = R"(
:root { color-scheme: light dark; --line: #8884; --bad: #c0392b; --good: #1e8449; --warn: #b9770e; }
body { font: 14px/1.45 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.2rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th.l, td.l { text-align: left; }
.bad { color: var(--bad); } .good { color: var(--good); } .warn { color: var(--warn); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(480px, 1fr)); gap: 1.5rem; }
.scroll { overflow-x: auto; }
p.note { border-left: 3px solid var(--line); padding-left: .7rem; max-width: 70em; }
)";

constexpr std::string_view kScript = R"(
const colors = ['#2e86c1', '#1e8449', '#c0392b', '#b9770e', '#7d3c98', '#117a65', '#707b7c', '#d35400'];
const holder = document.getElementById('charts');
for (const chart of JSON.parse(document.getElementById('data').textContent)) {
  const canvas = document.createElement('canvas');
  const box = document.createElement('div');
  box.appendChild(canvas);
  holder.appendChild(box);
  const type = chart.logarithmic ? 'logarithmic' : 'linear';
  new Chart(canvas, {
    type: 'line',
    data: { datasets: chart.series.map((line, i) => ({
      label: line.name, data: line.points.map(([x, y]) => ({ x, y })),
      borderColor: colors[i % colors.length], backgroundColor: colors[i % colors.length],
      borderWidth: 1.5, pointRadius: 0, pointHitRadius: 6 })) },
    options: {
      animation: false, parsing: false, interaction: { mode: 'nearest', axis: 'x', intersect: false },
      plugins: { title: { display: true, text: chart.title } },
      scales: { x: { type, title: { display: true, text: chart.x } },
                y: { type, title: { display: true, text: chart.y }, beginAtZero: !chart.logarithmic } } } });
}
)";

class Page {
 public:
  void raw(std::string_view html) { out_ += html; }
  void text(std::string_view tag, std::string_view attributes, std::string_view content) {
    out_ += fmt::format("<{}{}{}>{}</{}>\n", tag, attributes.empty() ? "" : " ", attributes, xml_escape(content), tag);
  }
  void begin_table(const std::vector<std::string>& heads, size_t labels) {
    out_ += "<div class=\"scroll\"><table><tr>";
    for (size_t i = 0; i < heads.size(); ++i) cell("th", i < labels, heads[i]);
    out_ += "</tr>\n";
    labels_ = labels;
  }
  void row(const std::vector<std::string>& cells) {
    out_ += "<tr>";
    for (size_t i = 0; i < cells.size(); ++i) cell("td", i < labels_, cells[i]);
    out_ += "</tr>\n";
  }
  void end_table() { out_ += "</table></div>\n"; }
  std::string take() { return std::move(out_); }

 private:
  void cell(std::string_view tag, bool label, std::string_view content) {
    out_ += fmt::format("<{}{}>{}</{}>", tag, label ? " class=\"l\"" : "", xml_escape(content), tag);
  }
  std::string out_;
  size_t labels_ = 0;
};

void write_verdicts(Page& page, const RunResult& result) {
  const auto failed = std::ranges::count(result.thresholds, false, &ThresholdResult::pass);
  if (result.thresholds.empty()) {
    page.text("p", "", "no thresholds");
  } else if (failed == 0) {
    page.text("p", "class=\"good\"", fmt::format("✓ PASSED {} thresholds", result.thresholds.size()));
  } else {
    page.text("p", "class=\"bad\"", fmt::format("✗ FAILED {} of {} thresholds", failed, result.thresholds.size()));
  }
  const auto& verdict = result.health.verdict;
  static constexpr std::string_view kClasses[] = {"class=\"good\"", "class=\"warn\"", "class=\"bad\""};
  page.text("p", verdict ? kClasses[static_cast<size_t>(*verdict)] : "", verdict_text(result.health));
  for (const HealthReason& reason : result.health.reasons) page.text("p", "class=\"warn\"", reason_text(reason));
  if (!result.complete) page.text("p", "class=\"warn\"", "Incomplete: " + ending_text(result));
}

template <class Visit>
void each_row(const RunResult& result, Visit visit) {
  for (const StageResult& stage : result.stages) {
    for (const Stat& stat : stage.scenarios) visit(stage, stat, stat.label);
    if (stage.scenarios.size() != 1) visit(stage, stage.total, "all");
  }
}

void write_load(Page& page, const RunResult& result) {
  page.text("h2", "", "Load");
  page.begin_table({"stage", "scenario", "load", "achieved/s", "ok", "goodput", "in flight", "out tok/s",
                    "requests", "failed"}, 3);
  each_row(result, [&](const StageResult& stage, const Stat& stat, std::string_view label) {
    page.row({fmt::format("{}", stage.stage), std::string(label), row_level_text(kStyle, stage, stat),
              optional_rate(kStyle, throughput_rps(stat)), optional_percent(kStyle, ok_share(stat), 2),
              optional_percent(kStyle, goodput_share(stat), 1), stat.in_flight ? rate_text(*stat.in_flight) : "–",
              optional_rate(kStyle, output_tokens_per_s(stat)), count_text(stat.requests), count_text(stat.failed)});
  });
  page.end_table();
}

void write_times(Page& page, const RunResult& result) {
  page.text("h2", "", "Times, ms");
  page.begin_table({"figure", "stage", "scenario", "mean", "p50", "p90", "p95", "p99", "±", "p99.9", "max", "n"}, 3);
  for (const NamedSamples& figure : duration_figures())
    each_row(result, [&](const StageResult& stage, const Stat& stat, std::string_view label) {
      const Samples& samples = stat.*figure.samples;
      if (sample_count(samples) == 0) return;
      const Figures figures = figures_of(samples);
      std::vector<std::string> cells{std::string(figure.name), fmt::format("{}", stage.stage), std::string(label),
                                     figures.mean ? ms_text(*figures.mean) : "–"};
      for (const double percentile : {50.0, 90.0, 95.0, 99.0, 99.9, 100.0}) {
        const std::string mark = percentile < 100 && few_beyond(samples, percentile) ? "~" : "";
        cells.push_back(mark + percentile_text(kStyle, samples, percentile, result.timeout_s));
        if (percentile == 99) cells.push_back(interval_text(kStyle, samples, percentile));
      }
      cells.push_back(count_text(sample_count(samples)));
      page.row(cells);
    });
  page.end_table();
}

void write_thresholds(Page& page, const RunResult& result) {
  if (result.thresholds.empty() && result.thresholds_off.empty()) return;
  page.text("h2", "", "Thresholds");
  page.begin_table({"", "threshold", "found"}, 3);
  for (const ThresholdResult& t : result.thresholds)
    page.row({t.pass ? "✓" : "✗", t.expr, threshold_text(kStyle, t)});
  for (const std::string& off : result.thresholds_off) page.row({"–", off, "off"});
  page.end_table();
}

void write_errors(Page& page, const RunResult& result) {
  std::vector<const Stat*> rows;
  for (const StageResult& stage : result.stages)
    for (const Stat& stat : stage.scenarios) rows.push_back(&stat);
  page.text("h2", "", "Errors");
  page.text("p", "", fmt::format("{} of {} requests failed", count_text(result.aggregate.failed),
                                 count_text(result.aggregate.ok + result.aggregate.failed)));
  for (const std::string& error : error_list(kStyle, result.aggregate, rows)) page.text("p", "", error);
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string html_report(const RunResult& result) {
  using namespace report;
  Page page;
  std::string title;
  for (const std::string& part : headline(kStyle, result)) title += (title.empty() ? "" : " · ") + part;
  page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
  page.text("title", "", title);
  page.raw("<style>");
  page.raw(kCss);
  page.raw("</style></head><body>\n");
  page.text("h1", "", title);
  page.text("p", "", fmt::format("{} · ringload {} · profile {} {}", rfc3339(result.started_unix_ms), result.version,
                                 result.profile_name, result.profile_sha256.substr(0, 12)));
  write_verdicts(page, result);
  write_load(page, result);
  page.raw("<div class=\"charts\" id=\"charts\"></div>\n");
  write_times(page, result);
  write_thresholds(page, result);
  write_errors(page, result);
  for (const std::string& note : all_notes(result)) page.text("p", "class=\"note\"", note);
  for (const std::string& warning : result.warnings) page.text("p", "class=\"note warn\"", warning);
  // The generator's own figures, as in the text report.
  page.text("h2", "", "Everything");
  page.raw("<details>");
  page.text("summary", "", "the detailed text report");
  page.text("pre", "class=\"scroll\"", detailed_report(result, {}));
  page.raw("</details>\n<script type=\"application/json\" id=\"data\">");
  page.raw(charts_json(result));
  page.raw("</script>\n<script>");
  page.raw(chart_js());
  page.raw("</script>\n<script>");
  page.raw(kScript);
  page.raw("</script>\n</body></html>\n");
  return page.take();
}

}  // namespace ringload
