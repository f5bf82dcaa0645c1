// What the option table looks like to a reader: help on the terminal (at most 100 columns) and docs/cli.md.
#pragma once
#include <string>

#include "cli/option_table.h"

namespace ringload::cli {

std::string general_help();
std::string help_text(Command command);
// docs/cli.md, whole.
std::string options_reference();

}  // namespace ringload::cli
