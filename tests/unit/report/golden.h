// Compares a report with its golden file. RINGLOAD_UPDATE_GOLDEN=1 writes the files anew: read their diff.
#pragma once
#include <string>

namespace ringload::report {

void expect_golden(const std::string& name, const std::string& text);

}  // namespace ringload::report
