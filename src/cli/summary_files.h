// Summaries that were written before: ringload's, the Go tool's, or rebuilt from a JSONL.
#pragma once
#include <string>
#include <vector>

#include "ringload/result.h"

namespace ringload::cli {

// The file that `path` stands for: of an output directory its `latest`. Throws UsageError when there is none.
std::string summary_path(const std::string& path);
// Throws UsageError, which names the file and what is wrong with it.
RunResult load_summary(const std::string& path);
// "A1,A2": each of them. A file whose own name has commas stands for itself.
std::vector<RunResult> load_summaries(const std::string& list);

// The endings of the reports that lie beside a summary, as its last line lists them.
std::vector<std::string> endings_beside(const std::string& path);

}  // namespace ringload::cli
