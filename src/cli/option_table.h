// Every option of every command in one table: parsing, help, docs/cli.md and shell completion come from it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace ringload::cli {

enum Command : uint32_t {
  kRun = 1 << 0,
  kMock = 1 << 1,
  kCheck = 1 << 2,
  kReport = 1 << 3,
  kCompare = 1 << 4,
  kMerge = 1 << 5,
  kCompletion = 1 << 6,
  kDoctor = 1 << 7,
  kKnee = 1 << 9,
};

struct CommandInfo {
  Command command;
  std::string_view name;
  std::string_view positional;  // how its arguments are shown; empty: it takes none
  std::string_view summary;
};
std::span<const CommandInfo> commands();
const CommandInfo& info_of(Command command);
const CommandInfo* find_command(std::string_view name);

enum class Takes : uint8_t { nothing, one, many };

// Headings of the help, in this order.
enum class Group : uint8_t { what, load, keys, outcome, generator, knee, mock };
std::string_view heading(Group group);

struct Option {
  std::string_view name;     // without dashes
  char letter;               // 0: none
  Takes takes;
  std::string_view value;    // how the value is shown: "D"; alternatives as "on|off", kinds in capitals
  Group group;
  uint32_t commands;         // who takes it
  std::string_view help;     // says the unit and the default
  std::string_view alias = {};
  bool secret = false;       // its value is never printed, and wiped from argv
};
std::span<const Option> options();
const Option* find_option(std::string_view name);  // or alias
const Option* find_letter(char letter);

}  // namespace ringload::cli
