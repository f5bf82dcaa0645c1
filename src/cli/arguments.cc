// The only file that includes CLI11 (it takes seconds to compile). What CLI11 would read otherwise than we promise
// (one-dash names, letters in one word, empty and bracketed values, mistakes with their remedy) is settled before.
#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <cctype>
#include <cstdlib>
#include <memory>

#include "cli/secrets.h"
#include "cli/words.h"

namespace ringload::cli {
namespace {

// What of the environment a flag on the command line puts aside, since the two would be a mistake beside each other.
constexpr std::string_view kStages[] = {"stages"};
constexpr std::string_view kOneStage[] = {"rate", "concurrency", "duration", "requests"};
constexpr std::string_view kKeys[] = {"vk", "vk-env", "vk-file"};

bool put_aside(const Arguments& arguments, std::string_view name) {
  const auto among = [&](const auto& list) { return std::ranges::find(list, name) != std::end(list); };
  const auto any_given = [&](const auto& list) {
    return std::ranges::any_of(list, [&](std::string_view each) { return arguments.has(each); });
  };
  if (among(kKeys)) return any_given(kKeys);
  if (name == "target") return !arguments.positional.empty();
  if (among(kStages)) return any_given(kOneStage);
  if (among(kOneStage) && any_given(kStages)) return true;
  if (name == "rate") return arguments.has("concurrency");
  if (name == "concurrency") return arguments.has("rate");
  return false;
}

}  // namespace

std::string environment_name(std::string_view flag) {
  std::string name = "RINGLOAD_";
  for (const char c : flag) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::optional<std::string> Arguments::value(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second.back();
  const char* value = std::getenv(environment_name(name).c_str());
  if (value == nullptr || *value == 0 || put_aside(*this, name)) return std::nullopt;
  return value;
}

std::vector<std::string> Arguments::all(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  if (const auto one = value(name)) return {*one};
  return {};
}

bool Arguments::flag(std::string_view name) const {
  const auto text = value(name);
  return text && on_or_off(name, *text);
}

std::string with_variables(std::string_view complaint, const Arguments& arguments) {
  std::string out;
  while (!complaint.empty()) {
    const std::string_view line = complaint.substr(0, complaint.find('\n'));
    const size_t colon = line.starts_with("--") ? std::min(line.find(':'), line.size()) : 0;
    const Option* option = colon > 2 ? find_option(line.substr(2, colon - 2)) : nullptr;
    out += line.substr(0, colon);
    if (option != nullptr && !arguments.has(option->name))
      if (const std::string name = environment_name(option->name); std::getenv(name.c_str()) != nullptr)
        out += " (" + name + ")";
    out += line.substr(colon);
    if (line.size() < complaint.size()) out += '\n';
    complaint.remove_prefix(std::min(line.size() + 1, complaint.size()));
  }
  return out;
}

Arguments parse_arguments(int argc, char** argv) {
  const std::vector<std::string> typed(argv + 1, argv + argc);
  wipe_secrets(argc, argv);
  const Words words = read_words(typed);

  Arguments arguments;
  arguments.command = words.command;
  arguments.help = words.help;
  arguments.version = words.version;
  arguments.general = words.general;
  arguments.no_command = words.no_command;
  arguments.positional = words.positional;

  CLI::App app;
  app.set_help_flag();
  std::vector<std::unique_ptr<std::vector<std::string>>> stores;
  std::vector<std::pair<const Option*, CLI::Option*>> declared;
  for (const Option& option : options()) {
    if ((option.commands & words.command) == 0) continue;
    stores.push_back(std::make_unique<std::vector<std::string>>());
    CLI::Option* added = app.add_option("--" + std::string(option.name), *stores.back());
    added->expected(1)->allow_extra_args(false)->delimiter('\0');  // or it would take [a,b] apart
    added->multi_option_policy(option.takes == Takes::many ? CLI::MultiOptionPolicy::TakeAll
                                                           : CLI::MultiOptionPolicy::TakeLast);
    declared.emplace_back(&option, added);
  }
  try {
    app.parse(std::vector<std::string>(words.options.rbegin(), words.options.rend()));  // it reads from the back
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  for (const auto& [option, parsed] : declared)
    if (parsed->count() > 0)
      for (const std::string& value : parsed->results()) arguments.set(option->name, value);
  return arguments;
}

}  // namespace ringload::cli
