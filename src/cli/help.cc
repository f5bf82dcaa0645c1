#include "cli/help.h"

#include <algorithm>

#include "cli/arguments.h"

namespace ringload::cli {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kColumn = 26;  // where explanations begin
constexpr Group kGroups[] = {Group::what, Group::load, Group::keys, Group::outcome, Group::generator,
                             Group::knee, Group::mock};

// Columns: the help has characters of several bytes, each one column wide.
size_t columns(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string wrapped(std::string_view text, size_t indent) {
  std::string out;
  size_t column = indent;
  for (size_t i = 0; i < text.size();) {
    const size_t space = std::min(text.find(' ', i), text.size());
    const std::string_view word = text.substr(i, space - i);
    if (column > indent && column + 1 + columns(word) > kWidth) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns(word);
    i = space + 1;
  }
  return out;
}

// "left", then its explanation from kColumn on; on the next line when left is too long.
std::string entry(std::string left, std::string_view explanation) {
  if (columns(left) + 2 > kColumn) {
    left += '\n';
    left.append(kColumn, ' ');
  } else {
    left.append(kColumn - columns(left), ' ');
  }
  return left + wrapped(explanation, kColumn) + "\n";
}

std::string explanation(const Option& option) {
  return std::string(option.help) + (option.alias.empty() ? "" : " (also --" + std::string(option.alias) + ")");
}

std::string with_value(const Option& option) {
  return "--" + std::string(option.name) + (option.value.empty() ? "" : " " + std::string(option.value));
}

std::string usage(const CommandInfo& info) {
  return "ringload " + std::string(info.name) + (info.positional.empty() ? "" : " " + std::string(info.positional));
}

std::string escaped(std::string_view text) {  // for a Markdown table
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '>' || c == '*') out += '\\';
    out += c;
  }
  return out;
}

// Between back quotes only the bar has a meaning in a table.
std::string code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out + "`";
}

}  // namespace

std::string general_help() {
  std::string text =
      "ringload: a load generator for LLM gateways\n\n"
      "  ringload http://127.0.0.1:8080 --model gpt-4o-mini --concurrency 64 --duration 30s\n"
      "  ringload run --config realistic --target http://127.0.0.1:8080 --vk-env KEY\n\nCommands\n";
  for (const CommandInfo& info : commands())
    text += entry("  " + std::string(info.name) + (info.positional.empty() ? "" : " " + std::string(info.positional)),
                  info.summary);
  text += "\n`ringload COMMAND --help` lists a command's flags; `ringload --version` says which this is.\n"
          "Every flag can also be set as " + environment_name("flag") + ", like " + environment_name("max-tokens") +
          "; what is typed wins.\n";
  return text;
}

std::string help_text(Command command) {
  const CommandInfo& info = info_of(command);
  std::string text = usage(info) + " [flags]\n\n" + wrapped(info.summary, 0) + "\n";
  for (const Group group : kGroups) {
    std::string section;
    for (const Option& option : options()) {
      if ((option.commands & command) == 0 || option.group != group) continue;
      const std::string letter = option.letter == 0 ? "      " : std::string("  -") + option.letter + ", ";
      section += entry(letter + with_value(option), explanation(option));
    }
    if (!section.empty()) text += "\n" + std::string(heading(group)) + "\n" + section;
  }
  text += "\nHelp\n" + entry("  -h, --help", "this text") + entry("  -V, --version", "which version this is");
  return text;
}

std::string options_reference() {
  std::string text =
      "# The command line\n\n"
      "Made from the option table (`src/cli/option_table.cc`); the test `unit_cli` compares the two.\n\n"
      "Every flag can also be set as an environment variable: " + code(environment_name("max-tokens")) + " is " +
      code("--max-tokens") + ". A flag that is typed wins. `--flag value` and `--flag=value` are the same; "
      "letters take their value as `-c 64` or `-c64`, and are not bundled.\n";
  for (const CommandInfo& info : commands()) {
    text += "\n## " + usage(info) + "\n\n";
    std::string summary(info.summary);
    summary[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(summary[0])));
    text += summary + ".\n";
    if (info.command == kCheck) text += "It takes every flag of `run` but those that compare, and:\n";
    std::string rows;
    for (const Group group : kGroups)
      for (const Option& option : options()) {
        if ((option.commands & info.command) == 0 || option.group != group) continue;
        if (info.command == kCheck && (option.commands & kRun) != 0) continue;
        const std::string letter = option.letter == 0 ? "" : ", `-" + std::string(1, option.letter) + "`";
        rows += "| " + code(with_value(option)) + letter + " | " + escaped(explanation(option)) + " |\n";
      }
    if (!rows.empty()) text += "\n| flag | meaning |\n| --- | --- |\n" + rows;
  }
  return text;
}

}  // namespace ringload::cli
