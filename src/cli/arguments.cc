// The only file that includes CLI11 (it takes seconds to compile).
#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

// The Go tool's flags, which its users write with one dash.
constexpr std::string_view kSingleDash[] = {"config", "vk", "target", "model", "stages", "out", "compare",
                                            "regress-pct", "header", "version"};

bool looks_like_url(std::string_view word) {
  return word.starts_with("http://") || word.starts_with("https://");
}

// What CLI11 cannot be told: one dash before the Go tool's names, and the command that is left out.
std::vector<std::string> normalised(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  for (std::string& word : words) {
    if (word.size() < 3 || word[0] != '-' || word[1] == '-') continue;
    const std::string_view name = std::string_view(word).substr(1, word.find('=') - 1);
    if (std::find(std::begin(kSingleDash), std::end(kSingleDash), name) != std::end(kSingleDash)) word.insert(0, 1, '-');
  }
  if (!words.empty()) {
    const bool is_command = std::any_of(commands().begin(), commands().end(),
                                        [&](const CommandInfo& info) { return info.name == words[0]; });
    const bool asks = words[0] == "--help" || words[0] == "-h" || words[0] == "--version" || words[0] == "-V";
    if (!is_command && !asks && (words[0].starts_with('-') || looks_like_url(words[0]))) words.insert(words.begin(), "run");
  }
  return words;
}

void wipe(char* text) { std::memset(text, 'x', std::strlen(text)); }

// Keys are not to be read in the process list.
void wipe_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char* word = argv[i];
    if (word[0] != '-') continue;
    const std::string_view bare = std::string_view(word).substr(word[1] == '-' ? 2 : 1);
    const std::string_view name = bare.substr(0, bare.find('='));
    const Option* option = find_option(name);
    if (option == nullptr && name.size() >= 1 && word[1] != '-') {
      // -kKEY and -H'K: V' hold the value in the same word.
      for (const Option& candidate : options())
        if (candidate.letter != 0 && candidate.letter == name[0] && candidate.secret) option = &candidate;
      if (option != nullptr && name.size() > 1) {
        wipe(word + 2);
        continue;
      }
    }
    if (option == nullptr || !option->secret) continue;
    if (bare.size() != name.size()) {
      wipe(word + (bare.data() - word) + name.size() + 1);
    } else if (i + 1 < argc) {
      wipe(argv[++i]);
    }
  }
}

std::string environment_name(std::string_view flag) {
  std::string name = "RINGLOAD_";
  for (const char c : flag) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t column = indent;
  for (size_t i = 0; i < text.size();) {
    const size_t space = std::min(text.find(' ', i), text.size());
    const std::string_view word = text.substr(i, space - i);
    if (column > indent && column + 1 + word.size() > width) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    i = space + 1;
  }
  return out;
}

}  // namespace

std::optional<std::string> Arguments::value(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second.back();
  if (const char* value = std::getenv(environment_name(name).c_str()); value != nullptr && *value != 0) return value;
  return std::nullopt;
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  if (const auto one = value(name)) return {*one};
  return {};
}

bool Arguments::flag(std::string_view name) const {
  if (has(name)) return true;
  const auto text = value(name);
  return text && *text != "0" && *text != "off" && *text != "false";
}

Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  if (argc < 2) {
    arguments.no_command = true;
    return arguments;
  }
  std::vector<std::string> words = normalised(argc, argv);
  CLI::App app;
  app.allow_extras(false);
  app.set_help_flag();
  bool help = false, version = false;
  app.add_flag("-h,--help", help);
  app.add_flag("-V,--version", version);
  app.require_subcommand(0, 1);
  std::map<const CLI::App*, Command> subcommands;
  std::vector<std::unique_ptr<std::vector<std::string>>> stores;
  std::vector<std::tuple<const CLI::App*, const Option*, CLI::Option*>> declared;
  for (const CommandInfo& info : commands()) {
    CLI::App* command = app.add_subcommand(std::string(info.name));
    subcommands[command] = info.command;
    command->set_help_flag();
    command->add_flag("-h,--help", help);
    command->add_flag("-V,--version", version);
    if (!info.positional.empty()) command->add_option("arguments", arguments.positional)->expected(0, 1 << 20);
    for (const Option& option : options()) {
      if ((option.commands & info.command) == 0) continue;
      std::string names;
      if (option.letter != 0) names = std::string("-") + option.letter + ",";
      names += "--" + std::string(option.name);
      if (!option.alias.empty()) names += ",--" + std::string(option.alias);
      CLI::Option* added = nullptr;
      if (option.takes == Takes::nothing) {
        added = command->add_flag(names);
      } else {
        stores.push_back(std::make_unique<std::vector<std::string>>());
        added = command->add_option(names, *stores.back())->expected(1)->allow_extra_args(false);
        added->multi_option_policy(option.takes == Takes::many ? CLI::MultiOptionPolicy::TakeAll
                                                               : CLI::MultiOptionPolicy::TakeLast);
        // The values as they were written: CLI11 would take [a,b] apart.
        added->delimiter('\0');
      }
      declared.emplace_back(command, &option, added);
    }
  }
  try {
    std::reverse(words.begin(), words.end());  // CLI11 reads its vector from the back
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    wipe_secrets(argc, argv);
    throw UsageError(error.what());
  }
  wipe_secrets(argc, argv);
  for (const CLI::App* used : app.get_subcommands()) arguments.command = subcommands[used];
  for (const auto& [command, option, parsed] : declared) {
    if (parsed->count() == 0 || subcommands[command] != arguments.command) continue;
    if (option->takes == Takes::nothing) {
      arguments.set(option->name, "1");
    } else {
      for (const std::string& value : parsed->results()) arguments.set(option->name, value);
    }
  }
  arguments.help = help;
  arguments.version = version;
  arguments.no_command = app.get_subcommands().empty() && !help && !version;
  return arguments;
}

std::string help_text(Command command) {
  std::string text;
  for (const CommandInfo& info : commands()) {
    if (info.command != command) continue;
    text = "ringload " + std::string(info.name) + " [options]" +
           (info.positional.empty() ? "" : " " + std::string(info.positional)) + "\n\n" + std::string(info.summary) +
           "\n\nOptions\n";
  }
  constexpr size_t kColumn = 30;
  for (const Option& option : options()) {
    if ((option.commands & command) == 0) continue;
    std::string left = option.letter != 0 ? std::string("  -") + option.letter + ", --" : std::string("      --");
    left += option.name;
    if (!option.value.empty()) left += " " + std::string(option.value);
    if (left.size() + 2 > kColumn) {
      left += '\n';
      left.append(kColumn, ' ');
    } else {
      left.append(kColumn - left.size(), ' ');
    }
    std::string help(option.help);
    if (!option.alias.empty()) help += " (also --" + std::string(option.alias) + ")";
    text += left + wrapped(help, kColumn, 100) + "\n";
  }
  text += "  -h, --help                  this text\n";
  return text;
}

std::string general_help() {
  std::string text =
      "ringload: a load generator for LLM gateways\n\n"
      "  ringload http://127.0.0.1:8080 --model gpt-4o-mini --concurrency 64 --duration 30s\n\nCommands\n";
  for (const CommandInfo& info : commands()) {
    std::string left = "  " + std::string(info.name) + " " + std::string(info.positional);
    // The ellipsis is one column wide and three bytes long.
    const auto wide = static_cast<size_t>(std::count_if(left.begin(), left.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
    left.append(wide < 28 ? 28 - wide : 1, ' ');
    text += left + std::string(info.summary) + "\n";
  }
  text += "\nringload COMMAND --help lists a command's options. ringload --version\n";
  return text;
}

void bad_value(std::string_view flag, std::string_view value, std::string_view allowed) {
  const bool key_like = value.size() >= 16 && value.find(' ') == std::string_view::npos &&
                        value.find("://") == std::string_view::npos && value.find('/') == std::string_view::npos;
  throw UsageError("--" + std::string(flag) + ": found " +
                   (key_like ? std::string("<not shown>") : "\"" + std::string(value) + "\"") + ", allowed: " +
                   std::string(allowed));
}

int64_t whole_number(const Arguments& arguments, std::string_view flag, int64_t fallback, int64_t lowest,
                     int64_t highest) {
  const auto text = arguments.value(flag);
  if (!text) return fallback;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < lowest || number > highest)
    bad_value(flag, *text, "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  return number;
}

int64_t duration(const Arguments& arguments, std::string_view flag, int64_t fallback) {
  const auto text = arguments.value(flag);
  if (!text) return fallback;
  const auto parsed = parse_duration(*text);
  if (!parsed) bad_value(flag, *text, parsed.error());
  return *parsed;
}

bool on_or_off(std::string_view flag, std::string_view value) {
  if (value == "on") return true;
  if (value == "off") return false;
  bad_value(flag, value, "on or off");
}

}  // namespace ringload::cli
