// `ringload report`: renders a summary again; of a JSONL it first rebuilds one.
#include <cstdio>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/summary_files.h"
#include "cli/terminal.h"
#include "ringload/report.h"

namespace ringload::cli {
namespace {

std::string rendered(const std::string& format, const RunResult& result, const std::string& path,
                     const Arguments& arguments) {
  switch (choice("format", format, {"text", "html", "md", "csv", "prom", "junit", "hgrm", "loadtest", "json"})) {
    case 0: {
      TextOptions options;
      options.style = style_of_stdout(arguments);
      if (!path.ends_with(".jsonl")) {
        options.summary_path = path;
        options.endings = endings_beside(path);
      }
      options.next = "ringload report " + arguments.positional[0] +
                     (path.ends_with(".jsonl") ? " --json" : " --format md");
      return detailed_report(result, options);
    }
    case 1: return html_report(result);
    case 2: return markdown_report(result);
    case 3: return csv_report(result);
    case 4: return prometheus_report(result);
    case 5: return junit_report(result);
    case 6: return hgrm_report(result);
    case 7: return loadtest_json(result);
    default: return summary_json(result);
  }
}

}  // namespace

int report_command(const Arguments& arguments) {
  if (arguments.positional.size() != 1)
    throw UsageError("report: give one summary, a results-*.jsonl, or an output directory");
  const bool json = arguments.flag("json");
  const auto format = arguments.value("format");
  if (json && format && *format != "json") throw UsageError("--json and --format: give one of them");
  const std::string path = summary_path(arguments.positional[0]);
  const RunResult result = load_summary(path);
  const std::string text = rendered(json ? "json" : format.value_or("text"), result, path, arguments);
  if (json || !arguments.flag("quiet")) print(text);
  return kPassed;
}

}  // namespace ringload::cli
