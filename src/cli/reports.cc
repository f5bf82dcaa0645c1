#include "cli/reports.h"

#include "cli/terminal.h"
#include "ringload/report.h"

namespace ringload::cli {
namespace {

// With an earlier run in the same directory: how does this one compare?
std::string next_command(const OutputFiles& files) {
  constexpr size_t kFits = 87;  // columns, beside the label
  const std::string compare = "ringload compare " + files.previous_summary() + " " + files.directory() + "/latest";
  if (!files.previous_summary().empty() && compare.size() <= kFits) return compare;
  return "ringload report " + files.directory() + " --format md";
}

TextOptions text_options(const OutputFiles& files, const ReportChoice& choice) {
  TextOptions text;
  if (!files.writes()) return text;
  text.summary_path = files.path("summary", "json");
  if (choice.html) text.endings.push_back(".html");
  text.endings.push_back(".txt");
  if (choice.jsonl) text.endings.push_back(".jsonl");
  text.endings.insert(text.endings.end(), {".csv", ".prom"});
  text.next = next_command(files);
  return text;
}

}  // namespace

bool write_reports(const RunResult& result, OutputFiles& files, const ReportChoice& choice) {
  bool kept = true;
  const auto written = [](const std::string& failure) {
    if (!failure.empty()) complain(failure);
    return failure.empty();
  };
  if (files.writes()) {
    // The summary first: the others can be made from it again.
    kept = written(files.write_summary(summary_json(result)));
    if (kept) written(files.link_latest());
    written(write_atomically(files.path("report", "txt"), detailed_report(result, text_options(files, choice))));
    written(write_atomically(files.path("report", "csv"), csv_report(result)));
    written(write_atomically(files.path("metrics", "prom"), prometheus_report(result)));
    if (choice.html) written(write_atomically(files.path("report", "html"), html_report(result)));
  }
  if (!choice.prom_file.empty()) kept = written(write_atomically(choice.prom_file, prometheus_report(result))) && kept;
  return kept;
}

void show_report(const RunResult& result, const Arguments& arguments, const OutputFiles& files,
                 const ReportChoice& choice) {
  const bool quiet = arguments.flag("quiet");
  if (!quiet)
    for (const std::string& warning : result.warnings) tell("warning: " + warning);
  if (arguments.flag("json")) return print(summary_json(result));
  if (quiet) return;
  TextOptions text = text_options(files, choice);
  text.style = style_of_stdout(arguments);
  print(terminal_report(result, text));
}

}  // namespace ringload::cli
