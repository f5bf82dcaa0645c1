// The command line and the RINGLOAD_ variables, read by the option table.
#pragma once
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/option_table.h"
#include "cli/values.h"

namespace ringload::cli {

class Arguments {
 public:
  Command command = kRun;
  bool help = false;
  bool version = false;
  bool general = false;     // help of the program, not of the command
  bool no_command = false;  // nothing at all was given
  std::vector<std::string> positional;

  // On the command line.
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // The flag's last value, else that of RINGLOAD_<FLAG> (dashes as underscores, upper case), unless
  // a flag that excludes it is on the command line. Absent when neither was given.
  std::optional<std::string> value(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  bool flag(std::string_view name) const;

  void set(std::string_view name, std::string value) { values_[std::string(name)].push_back(std::move(value)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Throws UsageError. Wipes the values of secret options in argv.
Arguments parse_arguments(int argc, char** argv);

// "RINGLOAD_VK_ENV" of "vk-env".
std::string environment_name(std::string_view flag);
// A complaint of flags, line by line: "--rate: …" becomes "--rate (RINGLOAD_RATE): …" where nobody typed that flag.
std::string with_variables(std::string_view complaint, const Arguments& arguments);

}  // namespace ringload::cli
