// Shell completion, written from the option table.
#pragma once
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace ringload::cli {

// What may stand for an option's value, from how the table shows it: "on|off" gives words, FILE and DIR names of files.
struct Completes {
  enum class Kind : uint8_t { nothing, words, files, directories };
  Kind kind = Kind::nothing;
  std::vector<std::string> words;  // may come beside files: shipped profiles
};
Completes completes(const Option& option);

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

int completion_command(const Arguments& arguments);

}  // namespace ringload::cli
