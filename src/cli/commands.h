// One function for each command; each returns the exit code of product use:
// 0 passed, 1 a threshold failed or a regression, 2 wrong use, 3 the generator was the bottleneck, 4 nothing could be
// measured, 5 stopped by its budget, 129/130/143 ended by a signal.
#pragma once
#include "cli/arguments.h"

namespace ringload::cli {

int run_command(const Arguments& arguments);
int mock_command(const Arguments& arguments);
int check_command(const Arguments& arguments);

}  // namespace ringload::cli
