// The command line, read by the option table.
#pragma once
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/option_table.h"

namespace ringload::cli {

// Wrong use: printed as it is, exit 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Arguments {
 public:
  Command command = kRun;
  bool help = false;
  bool version = false;
  bool no_command = false;  // nothing at all was given
  std::vector<std::string> positional;

  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // The flag's value, else that of RINGLOAD_<FLAG> (dashes as underscores, upper case). Empty when neither was given.
  std::optional<std::string> value(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  bool flag(std::string_view name) const;

  void set(std::string_view name, std::string value) { values_[std::string(name)].push_back(std::move(value)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Throws UsageError. Wipes the values of secret options in argv.
Arguments parse_arguments(int argc, char** argv);
std::string help_text(Command command);
std::string general_help();

// ---- values with their errors ----

// "--flag: found "x", allowed: …"; a value that looks like a key is not shown.
[[noreturn]] void bad_value(std::string_view flag, std::string_view value, std::string_view allowed);
int64_t whole_number(const Arguments& arguments, std::string_view flag, int64_t fallback, int64_t lowest,
                     int64_t highest);
int64_t duration(const Arguments& arguments, std::string_view flag, int64_t fallback);
bool on_or_off(std::string_view flag, std::string_view value);

}  // namespace ringload::cli
