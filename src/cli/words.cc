#include "cli/words.h"

#include <algorithm>

#include "cli/nearest.h"
#include "cli/values.h"
#include "load/json_value.h"

namespace ringload::cli {
namespace {

// The Go tool's flags, which its users write with one dash.
constexpr std::string_view kSingleDash[] = {"config", "vk",  "target",  "model",       "stages",
                                            "out",    "compare", "regress-pct", "header", "version"};

bool is_single_dash_name(std::string_view name) {
  return std::ranges::find(kSingleDash, name) != std::end(kSingleDash);
}

std::string names_of(uint32_t commands_mask) {
  std::string text;
  for (const CommandInfo& info : commands())
    if ((info.command & commands_mask) != 0) text += (text.empty() ? "" : ", ") + std::string(info.name);
  return text;
}

[[noreturn]] void unknown_flag(std::string_view dashed, std::string_view name, Command command) {
  const std::string_view of = info_of(command).name;
  if (const Option* other = find_option(name))
    throw UsageError("--" + std::string(other->name) + " is no flag of " + std::string(of) + ", but of " +
                     names_of(other->commands));
  std::vector<std::string_view> known = {"help", "version"};
  for (const Option& option : options()) {
    if ((option.commands & command) == 0) continue;
    known.push_back(option.name);
    if (!option.alias.empty()) known.push_back(option.alias);
  }
  const std::string_view close = nearest(name, known);
  throw UsageError("unknown flag " + load::shown(dashed) +
                   (close.empty() ? std::string() : "; did you mean --" + std::string(close) + "?") + " (`ringload " +
                   std::string(of) + " --help` lists them)");
}

[[noreturn]] void unknown_command(const std::string& word) {
  std::vector<std::string_view> known;
  for (const CommandInfo& info : commands()) known.push_back(info.name);
  const std::string_view close = nearest(word, known);
  std::string text = "unknown command " + load::shown(word);
  if (!close.empty()) {
    text += "; did you mean " + std::string(close) + "?";
  } else if (word.find_first_of(".:/") != std::string::npos) {
    text += "; a URL begins with http:// or https://";
  }
  throw UsageError(text + " (commands: " + names_of(~0u) + ")");
}

class Reader {
 public:
  explicit Reader(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Words read() {
    if (arguments_.empty()) {
      words_.no_command = true;
      return words_;
    }
    const std::string& first = arguments_[0];
    if (const CommandInfo* info = find_command(first)) {
      words_.command = info->command;
      at_ = 1;
    } else if (!first.starts_with('-') && first.find("://") == std::string::npos) {
      unknown_command(first);
    }
    words_.general = at_ == 0 && arguments_.size() == 1;
    while (at_ < arguments_.size()) read_one(arguments_[at_++]);
    return words_;
  }

 private:
  void read_one(const std::string& word) {
    if (only_positional_ || word.size() < 2 || word[0] != '-') return add_positional(word);
    if (word == "--") {
      only_positional_ = true;
      return;
    }
    const bool two = word[1] == '-';
    const size_t equals = word.find('=');
    const std::string_view name = std::string_view(word).substr(two ? 2 : 1, equals - (two ? 2 : 1));
    const std::string_view dashed = std::string_view(word).substr(0, equals);
    if (two || is_single_dash_name(name)) {
      const bool switched = equals == std::string::npos;
      if (name == "help" && switched) return void(words_.help = true);
      if (name == "version" && switched) return void(words_.version = true);
      const Option* option = find_option(name);
      if (option == nullptr || (option->commands & words_.command) == 0) unknown_flag(dashed, name, words_.command);
      return add(*option, equals == std::string::npos ? nullptr : word.c_str() + equals + 1);
    }
    read_letter(word, dashed, name);
  }

  // "-c 64", "-c64", "-c=64".
  void read_letter(const std::string& word, std::string_view dashed, std::string_view name) {
    const bool alone = word.size() == 2;
    if (alone && word[1] == 'h') return void(words_.help = true);
    if (alone && word[1] == 'V') return void(words_.version = true);
    const Option* option = find_letter(word[1]);
    const bool takes_it = option != nullptr && (option->commands & words_.command) != 0;
    // A long name behind one dash is more likely than a letter with its value.
    if (!alone && word[2] != '=' && find_option(name) != nullptr)
      throw UsageError("unknown flag " + load::shown(dashed) + "; did you mean -" + std::string(dashed) + "?");
    if (!takes_it) unknown_flag(dashed, name, words_.command);
    if (alone) return add(*option, nullptr);
    if (option->takes == Takes::nothing) {
      if (word[2] == '=') return add(*option, word.c_str() + 3);
      throw UsageError("found " + load::shown(word) + ", allowed: letters one by one, as in -" +
                       std::string(1, word[1]) + " -" + std::string(1, word[2]));
    }
    add(*option, word.c_str() + (word[2] == '=' ? 3 : 2));
  }

  // value: behind the option in the same word, else null.
  void add(const Option& option, const char* value) {
    const std::string name = "--" + std::string(option.name);
    if (option.takes == Takes::nothing) {
      words_.options.push_back(name + (value == nullptr || on_or_off(option.name, value) ? "=on" : "=off"));
      return;
    }
    if (value == nullptr) {
      if (at_ == arguments_.size())
        throw UsageError(name + ": found no value, allowed: " + std::string(option.value));
      value = arguments_[at_++].c_str();
    }
    if (*value == 0) throw UsageError(name + ": found an empty value, allowed: " + std::string(option.value));
    words_.options.push_back(name + "=" + value);
  }

  void add_positional(const std::string& word) {
    const CommandInfo& info = info_of(words_.command);
    if (info.positional.empty())
      throw UsageError(std::string(info.name) + ": found " + load::shown(word) + ", allowed: flags only");
    words_.positional.push_back(word);
  }

  const std::vector<std::string>& arguments_;
  size_t at_ = 0;
  bool only_positional_ = false;
  Words words_;
};

}  // namespace

Words read_words(const std::vector<std::string>& arguments) { return Reader(arguments).read(); }

}  // namespace ringload::cli
