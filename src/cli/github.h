// Under GitHub Actions: annotations for what failed, and the report on the job's page.
#pragma once
#include <string>

#include "ringload/result.h"

namespace ringload::cli {

// "::error title=…::…" for each failed threshold and an invalid run, "::warning …" for a suspect one; a line each.
std::string annotations(const RunResult& result);
// On stderr, and in the file that GITHUB_STEP_SUMMARY names. Does nothing elsewhere.
void tell_github(const RunResult& result);

}  // namespace ringload::cli
