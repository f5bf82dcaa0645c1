// A finished result in all the forms that a run leaves behind.
#pragma once
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/output_files.h"
#include "ringload/result.h"

namespace ringload::cli {

struct ReportChoice {
  bool html = true;
  bool jsonl = false;       // there is one beside the reports
  std::string prom_file;    // empty: none
};

// The summary and the reports beside it; failures go to stderr. False when the summary, or prom_file, could not be had.
bool write_reports(const RunResult& result, OutputFiles& files, const ReportChoice& choice);
// The report, or with --json the summary, on stdout; warnings on stderr.
void show_report(const RunResult& result, const Arguments& arguments, const OutputFiles& files,
                 const ReportChoice& choice);

}  // namespace ringload::cli
