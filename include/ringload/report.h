// A run's result in every form it is read in. Pure functions: the same result gives the same bytes.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ringload/result.h"

namespace ringload {

struct TextStyle {
  bool color = false;
  bool ascii = false;    // no byte above 0x7e
  unsigned width = 100;  // columns, at least 60
};

// What a text report says about the files beside it.
struct TextOptions {
  TextStyle style;
  std::string summary_path;           // "runs/summary-….json"; empty: no files were written
  std::vector<std::string> endings;   // of those beside it: ".html", ".txt"
  std::string next;                   // the next useful command; empty: none
};

// ---- for people ----

std::string terminal_report(const RunResult& result, const TextOptions& options);
// The terminal's report and everything behind it, stage by stage.
std::string detailed_report(const RunResult& result, const TextOptions& options);
std::string markdown_report(const RunResult& result);
std::string html_report(const RunResult& result);

// ---- for machines ----

// The summary. What is written reads back to a result that writes the same bytes.
std::string summary_json(const RunResult& result);
// The Go tool's schema, for scripts that were written for it.
std::string loadtest_json(const RunResult& result);
// ringload's summaries and those of the Go tool. The error says what is wrong with the text; the caller knows the file.
std::expected<RunResult, std::string> read_summary(std::string_view json);
// From the lines of a run's JSONL, after a kill. ITL and goodput are null in it; windows are those of the turns seen.
// A torn last line is left out; others that cannot be read are counted in a note.
std::expected<RunResult, std::string> rebuild_result(std::string_view jsonl);
std::string csv_report(const RunResult& result);
std::string prometheus_report(const RunResult& result);
std::string junit_report(const RunResult& result);
// HdrHistogram's percentile text, one block per figure of each stage's total.
std::string hgrm_report(const RunResult& result);

}  // namespace ringload
