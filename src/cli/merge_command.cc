// `ringload merge F… --out DIR`: the summaries of several hosts as one, with all its reports.
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output_files.h"
#include "cli/reports.h"
#include "cli/summary_files.h"
#include "cli/terminal.h"
#include "report/merge.h"

namespace ringload::cli {

int merge_command(const Arguments& arguments) {
  if (arguments.positional.empty()) throw UsageError("merge: give summaries or output directories");
  std::vector<RunResult> hosts;
  for (const std::string& path : arguments.positional) hosts.push_back(load_summary(path));
  auto merged = report::merge_results(hosts, arguments.flag("force"));
  if (!merged) throw UsageError(merged.error());
  OutputFiles files = OutputFiles::of_flag(arguments, merged->started_unix_ms / 1000);
  merged->exit_code = exit_code_of(*merged, 0, false);
  ReportChoice reports;
  reports.html = on_or_off("html", arguments.value("html").value_or("on"));
  const bool written = write_reports(*merged, files, reports);
  show_report(*merged, arguments, files, reports);
  return written ? merged->exit_code : kUsage;
}

}  // namespace ringload::cli
