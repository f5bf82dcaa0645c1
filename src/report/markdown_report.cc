// The report for places that render Markdown, such as a CI job's summary.
#include <fmt/format.h>

#include <algorithm>

#include "report/figures.h"
#include "report/number.h"
#include "report/phrases.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

const Style kStyle{};

// Names and messages inside table cells and lines: nothing of theirs is markup.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : printable(kStyle, text)) {
    if (std::string_view("|\\`*_<>[]#~").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void line(std::string& out, const std::vector<std::string>& cells) {
  out += '|';
  for (const std::string& cell : cells) out += " " + cell + " |";
  out += '\n';
}

void head(std::string& out, const std::vector<std::string>& cells, size_t labels) {
  line(out, cells);
  out += '|';
  for (size_t i = 0; i < cells.size(); ++i) out += i < labels ? " --- |" : " ---: |";
  out += '\n';
}

std::string load_rows(const RunResult& result) {
  std::string out;
  head(out, {"stage", "scenario", "load", "achieved", "ok", "goodput", "in flight", "out tok/s"}, 3);
  const auto row = [&](const StageResult& stage, const Stat& stat, const std::string& label) {
    line(out, {fmt::format("{}", stage.stage), label, row_level_text(kStyle, stage, stat),
               optional_rate(kStyle, throughput_rps(stat)) + "/s", optional_percent(kStyle, ok_share(stat), 2),
               optional_percent(kStyle, goodput_share(stat), 1), stat.in_flight ? rate_text(*stat.in_flight) : "–",
               optional_rate(kStyle, output_tokens_per_s(stat))});
  };
  for (const StageResult& stage : result.stages) {
    for (const Stat& stat : stage.scenarios) row(stage, stat, plain(stat.label));
    if (stage.scenarios.size() != 1) row(stage, stage.total, "**all**");
  }
  return out;
}

std::string time_rows(const RunResult& result) {
  std::string out;
  head(out, {"ms", "stage", "scenario", "p50", "p90", "p95", "p99", "p99.9", "max"}, 3);
  for (const char* name : {"ttft", "itl", "ttfb", "latency", "service"}) {
    const NamedSamples* figure = find_duration(name);
    for (const StageResult& stage : result.stages) {
      const auto row = [&](const Stat& stat, const std::string& label) {
        const Samples& samples = stat.*figure->samples;
        if (sample_count(samples) == 0) return;
        std::vector<std::string> cells{name, fmt::format("{}", stage.stage), label};
        for (const double percentile : {50.0, 90.0, 95.0, 99.0, 99.9, 100.0}) {
          std::string text = percentile_text(kStyle, samples, percentile, result.timeout_s);
          if (percentile < 100 && few_beyond(samples, percentile)) text = "~" + text;
          cells.push_back(std::move(text));
        }
        line(out, cells);
      };
      for (const Stat& stat : stage.scenarios) row(stat, plain(stat.label));
      if (stage.scenarios.size() != 1) row(stage.total, "**all**");
    }
  }
  return out;
}

std::string threshold_rows(const RunResult& result) {
  std::string out;
  head(out, {"", "threshold", "found"}, 3);
  for (const ThresholdResult& t : result.thresholds)
    line(out, {t.pass ? "✓" : "✗", plain(t.expr), plain(threshold_text(kStyle, t))});
  for (const std::string& off : result.thresholds_off) line(out, {"–", plain(off), "off"});
  return out;
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string markdown_report(const RunResult& result) {
  using namespace report;
  std::string out = "## ";
  const std::vector<std::string> parts = headline(kStyle, result);
  for (size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : " · ") + plain(parts[i]);
  const auto failed = std::ranges::count(result.thresholds, false, &ThresholdResult::pass);
  out += "\n\n";
  if (!result.thresholds.empty())
    out += failed == 0 ? "**✓ PASSED**  \n"
                       : fmt::format("**✗ FAILED** {} of {} thresholds  \n", failed, result.thresholds.size());
  out += plain(verdict_text(result.health)) + "\n";
  for (const HealthReason& reason : result.health.reasons) out += "- " + plain(reason_text(reason)) + "\n";
  if (!result.complete) out += "\nIncomplete: " + plain(ending_text(result)) + "\n";
  out += "\n" + load_rows(result) + "\n" + time_rows(result);
  if (!result.thresholds.empty() || !result.thresholds_off.empty()) out += "\n" + threshold_rows(result);
  std::vector<const Stat*> rows;
  for (const StageResult& stage : result.stages)
    for (const Stat& stat : stage.scenarios) rows.push_back(&stat);
  const std::vector<std::string> errors = error_list(kStyle, result.aggregate, rows);
  out += fmt::format("\n{} of {} requests failed", count_text(result.aggregate.failed),
                     count_text(result.aggregate.ok + result.aggregate.failed));
  for (size_t i = 0; i < errors.size(); ++i) out += (i == 0 ? ": " : " · ") + plain(errors[i]);
  out += "\n";
  for (const std::string& note : all_notes(result)) out += "\n> " + plain(note) + "\n";
  for (const std::string& warning : result.warnings) out += "\n> Warning: " + plain(warning) + "\n";
  return out;
}

}  // namespace ringload
