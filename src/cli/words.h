// The command line as it was typed → words that leave nothing open: which command, every option as --name=value.
#pragma once
#include <string>
#include <vector>

#include "cli/option_table.h"

namespace ringload::cli {

struct Words {
  Command command = kRun;
  bool no_command = false;       // nothing was given at all
  bool help = false, version = false;
  bool general = false;          // help of the program, not of a command
  std::vector<std::string> options;     // "--config=p.json"; an option without value is "--quiet=on" or "--quiet=off"
  std::vector<std::string> positional;
};

// Accepts the Go tool's flags with one dash. Throws UsageError: unknown command or flag (with the nearest one), a value
// that is missing or that an option does not take, letters in one word.
Words read_words(const std::vector<std::string>& arguments);

}  // namespace ringload::cli
