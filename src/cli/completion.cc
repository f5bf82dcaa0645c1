#include "cli/completion.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "cli/exit_code.h"
#include "cli/shipped_profiles.h"
#include "cli/terminal.h"
#include "load/json_value.h"
#include "report/json_out.h"

namespace ringload::cli {
namespace {

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  for (size_t i = 0; i <= text.size();) {
    const size_t end = std::min(text.find(by, i), text.size());
    parts.emplace_back(text.substr(i, end - i));
    i = end + 1;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& words, std::string_view by = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(by)) + word;
  return text;
}

std::vector<std::string> names(const Option& option) {
  std::vector<std::string> list = {"--" + std::string(option.name)};
  if (!option.alias.empty()) list.push_back("--" + std::string(option.alias));
  if (option.letter != 0) list.push_back(std::string("-") + option.letter);
  return list;
}

// The commands whose arguments are files: summaries, or folders that hold them.
bool takes_files(const CommandInfo& info) {
  return info.command == kReport || info.command == kCompare || info.command == kMerge;
}

// Inside single quotes of zsh's _arguments, and of fish's -d: neither quotes, brackets nor colons.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\'' || c == '[' || c == ']' || c == ':' || c == '\\' ? ' ' : c;
  return out;
}

std::string first_clause(std::string_view help) { return std::string(help.substr(0, help.find_first_of(";(:"))); }

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace

Completes completes(const Option& option) {
  Completes result;
  for (const std::string& part : split(option.value, '|')) {
    if (part == "FILE" || part == "PATH" || part == "@FILE" || part == "CERT") result.kind = Completes::Kind::files;
    if (part == "DIR") result.kind = Completes::Kind::directories;
    std::string word = part.substr(0, part.find(':') == std::string::npos ? part.size() : part.find(':') + 1);
    if (!word.empty() && std::islower(static_cast<unsigned char>(word[0])) != 0) result.words.push_back(word);
  }
  if (option.name == "config")
    for (const std::string& directory : shipped_profile_dirs()) {
      std::error_code error;
      for (const auto& entry : std::filesystem::directory_iterator(directory, error))
        if (entry.path().extension() == ".json") result.words.push_back(entry.path().stem());
    }
  std::sort(result.words.begin(), result.words.end());
  result.words.erase(std::unique(result.words.begin(), result.words.end()), result.words.end());
  if (result.kind == Completes::Kind::nothing && !result.words.empty()) result.kind = Completes::Kind::words;
  return result;
}

std::string bash_completion() {
  std::string all;
  for (const CommandInfo& info : commands()) all += (all.empty() ? "" : " ") + std::string(info.name);
  std::string text =
      "# bash completion of ringload; load it with: source <(ringload completion bash)\n"
      "_ringload() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local command=run\n"
      "  case ${COMP_WORDS[1]} in\n"
      "    " + joined(split(all, ' '), "|") + ") [ \"$COMP_CWORD\" -gt 1 ] && command=${COMP_WORDS[1]} ;;\n"
      "  esac\n"
      "  COMPREPLY=()\n"
      "  # bash takes --flag=value apart into three words.\n"
      "  if [ \"$current\" = = ]; then\n"
      "    current=\n"
      "  elif [ \"$previous\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then\n"
      "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
      "  fi\n"
      "  case $previous in\n";
  for (const Option& option : options()) {
    if (option.takes == Takes::nothing) continue;
    const Completes values = completes(option);
    std::string action;
    if (!values.words.empty()) action = "COMPREPLY=($(compgen -W '" + joined(values.words) + "' -- \"$current\")); ";
    if (values.kind == Completes::Kind::files) action += "COMPREPLY+=($(compgen -f -- \"$current\")); ";
    if (values.kind == Completes::Kind::directories) action += "COMPREPLY+=($(compgen -d -- \"$current\")); ";
    text += "    " + joined(names(option), "|") + ") " + action + "return ;;\n";
  }
  text += "  esac\n"
          "  if [[ $current != -* ]]; then\n"
          "    case $command in\n";
  std::string with_files;
  for (const CommandInfo& info : commands())
    if (takes_files(info)) with_files += (with_files.empty() ? "" : "|") + std::string(info.name);
  text += "      " + with_files + ") COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"
          "      completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$current\")); return ;;\n"
          "    esac\n"
          "    [ \"$COMP_CWORD\" -eq 1 ] && COMPREPLY=($(compgen -W '" + all + "' -- \"$current\"))\n"
          "    return\n"
          "  fi\n"
          "  local flags\n"
          "  case $command in\n";
  for (const CommandInfo& info : commands()) {
    std::vector<std::string> flags = {"--help", "--version"};
    for (const Option& option : options())
      if ((option.commands & info.command) != 0)
        for (const std::string& name : names(option)) flags.push_back(name);
    text += "    " + std::string(info.name) + ") flags='" + joined(flags) + "' ;;\n";
  }
  return text + "  esac\n"
                "  COMPREPLY=($(compgen -W \"$flags\" -- \"$current\"))\n"
                "}\n"
                "complete -o filenames -o default -F _ringload ringload\n";
}

std::string zsh_completion() {
  std::string text =
      "#compdef ringload\n"
      "# zsh completion of ringload; load it with: source <(ringload completion zsh)\n"
      "_ringload() {\n"
      "  local command=run\n"
      "  local -a known\n"
      "  known=(\n";
  for (const CommandInfo& info : commands())
    text += "    '" + std::string(info.name) + ":" + plain(info.summary) + "'\n";
  text += "  )\n"
          "  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
          "    _describe command known\n"
          "    return\n"
          "  fi\n"
          "  if (( ${known[(I)${words[2]}:*]} )); then\n"
          "    command=$words[2]\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "  fi\n"
          "  case $command in\n";
  for (const CommandInfo& info : commands()) {
    text += "    " + std::string(info.name) + ") _arguments";
    for (const Option& option : options()) {
      if ((option.commands & info.command) == 0) continue;
      const Completes values = completes(option);
      std::string action;
      if (option.takes != Takes::nothing) {
        action = ":" + plain(option.name) + ":";
        if (values.kind == Completes::Kind::files)
          action += values.words.empty() ? "_files" : "{compadd -- " + joined(values.words) + "; _files}";
        else if (values.kind == Completes::Kind::directories) action += "_files -/";
        else if (values.kind == Completes::Kind::words) action += "(" + joined(values.words) + ")";
        else action += " ";
      }
      for (const std::string& name : names(option))
        text += " \\\n      '" + std::string(option.takes == Takes::many ? "*" : "") + name +
                (option.takes != Takes::nothing && name.starts_with("--") ? "=" : "") + "[" +
                trimmed(plain(first_clause(option.help))) + "]" + action + "'";
    }
    text += " \\\n      '--help[help]' '--version[version]'";
    if (takes_files(info)) text += " \\\n      '*:file:_files'";
    if (info.positional == "[URL]") text += " \\\n      '::url: '";  // or no flag would be offered behind one
    if (info.command == kCompletion) text += " \\\n      ':shell:(bash zsh fish)'";
    text += " ;;\n";
  }
  return text + "  esac\n"
                "}\n"
                "if [ \"$funcstack[1]\" = _ringload ]; then _ringload; else compdef _ringload ringload; fi\n";
}

std::string fish_completion() {
  std::string all;
  for (const CommandInfo& info : commands()) all += (all.empty() ? "" : " ") + std::string(info.name);
  std::string text = "# fish completion of ringload; load it with: ringload completion fish | source\n"
                     "complete -c ringload -f\n";
  for (const CommandInfo& info : commands())
    text += "complete -c ringload -n '__fish_is_first_token' -a " + std::string(info.name) + " -d '" +
            plain(info.summary) + "'\n";
  for (const CommandInfo& info : commands()) {
    // Without a command it is run.
    const std::string name(info.name);
    const std::string when = info.command == kRun ? "not __fish_seen_subcommand_from " + joined([&] {
                               std::vector<std::string> others;
                               for (const CommandInfo& other : commands())
                                 if (other.command != kRun) others.emplace_back(other.name);
                               return others;
                             }())
                                                  : "__fish_seen_subcommand_from " + name;
    for (const Option& option : options()) {
      if ((option.commands & info.command) == 0) continue;
      text += "complete -c ringload -n '" + when + "' -l " + std::string(option.name);
      if (!option.alias.empty()) text += " -l " + std::string(option.alias);
      if (option.letter != 0) text += std::string(" -s ") + option.letter;
      if (option.takes != Takes::nothing) {
        const Completes values = completes(option);
        text += values.kind == Completes::Kind::files ? " -r -F" : " -x";
        if (values.kind == Completes::Kind::directories) text += " -a '(__fish_complete_directories)'";
        if (!values.words.empty()) text += " -a '" + joined(values.words) + "'";
      }
      text += " -d '" + trimmed(plain(first_clause(option.help))) + "'\n";
    }
    if (takes_files(info)) text += "complete -c ringload -n '" + when + "' -F\n";
    if (info.command == kCompletion) text += "complete -c ringload -n '" + when + "' -a 'bash zsh fish'\n";
  }
  return text;
}

int completion_command(const Arguments& arguments) {
  if (arguments.positional.size() != 1) throw UsageError("completion: which shell? allowed: bash, zsh, fish");
  std::string (*const scripts[])() = {bash_completion, zsh_completion, fish_completion};
  const std::string& shell = arguments.positional[0];
  for (size_t i = 0; const std::string_view name : {"bash", "zsh", "fish"}) {
    if (shell == name) {
      std::string json;
      report::JsonOut(json, 2).begin_object().key("shell").string(name).key("script").string(scripts[i]()).end_object();
      print(arguments.flag("json") ? json + "\n" : scripts[i]());
      return kPassed;
    }
    ++i;
  }
  throw UsageError("completion: found " + load::shown(shell) + ", allowed: bash, zsh, fish");
}

}  // namespace ringload::cli
