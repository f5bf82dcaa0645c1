// One function for each command; each returns the exit code (exit_code.h) or throws UsageError.
#pragma once
#include "cli/arguments.h"

namespace ringload::cli {

int run_command(const Arguments& arguments);
int knee_command(const Arguments& arguments);
int mock_command(const Arguments& arguments);
int check_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int compare_command(const Arguments& arguments);
int merge_command(const Arguments& arguments);
int doctor_command(const Arguments& arguments);

}  // namespace ringload::cli
