#include "ringload/profile_load.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "load/json_value.h"
#include "load/profile_check.h"
#include "load/profile_merge.h"
#include "load/secret_text.h"

namespace ringload {
namespace {

namespace fs = std::filesystem;

ProfileResult parse(std::string_view text, const std::string& file, bool flags_alone, const Environment& environment,
                    const Overrides& overrides) {
  const load::JsonDocument document(text);
  load::Complaints complaints(document, file);
  if (!document.syntax_ok()) return std::unexpected(complaints.take());
  load::check_object(document.root(), load::profile_spec(), complaints);
  const std::string folder = fs::path(file).parent_path().string();
  Profile profile = load::merge_profile({document.root(), environment, overrides, folder, flags_alone}, complaints);
  if (!complaints.empty()) return std::unexpected(complaints.take());
  profile.name = flags_alone ? "flags" : fs::path(file).stem().string();
  profile.file = flags_alone ? "" : file;
  return profile;
}

std::unexpected<std::vector<ProfileError>> failed(const std::string& file, std::string message) {
  return std::unexpected(std::vector{ProfileError{file, 0, 0, "", std::move(message)}});
}

}  // namespace

Environment Environment::process() {
  Environment environment;
  environment.get = [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  environment.read_file = [](const std::string& path) -> std::expected<std::string, std::string> {
    std::error_code error;
    if (fs::is_directory(path, error)) return std::unexpected("cannot read " + path + ": it is a directory");
    std::ifstream in(path, std::ios::binary);
    std::ostringstream content;
    if (in) content << in.rdbuf();
    if (!in || in.bad()) return std::unexpected("cannot read " + path + ": " + std::generic_category().message(errno));
    return std::move(content).str();
  };
  return environment;
}

ProfileResult parse_profile(std::string_view text, std::string_view file_name, const Environment& environment,
                            const Overrides& overrides) {
  return parse(text, std::string(file_name), false, environment, overrides);
}

ProfileResult profile_from_flags(const Environment& environment, const Overrides& overrides) {
  return parse("{}", "", true, environment, overrides);
}

ProfileResult load_profile_file(const std::string& path_or_name, const std::vector<std::string>& shipped_dirs,
                                const Environment& environment, const Overrides& overrides) {
  std::string path = path_or_name;
  std::error_code ignored;
  const bool is_path = path.find('/') != std::string::npos || path.ends_with(".json") || fs::is_regular_file(path, ignored);
  if (!is_path) {
    std::vector<std::string> names;
    path.clear();
    for (const std::string& dir : shipped_dirs) {
      for (const auto& entry : fs::directory_iterator(dir, ignored)) {
        if (entry.path().extension() != ".json") continue;
        names.push_back(entry.path().stem().string());
        if (names.back() == path_or_name && path.empty()) path = entry.path().string();
      }
    }
    if (path.empty()) {
      std::sort(names.begin(), names.end());
      names.erase(std::unique(names.begin(), names.end()), names.end());
      std::string list;
      for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
      std::vector<std::string_view> candidates(names.begin(), names.end());
      const std::string_view meant = load::nearest(path_or_name, candidates);
      return failed("--config", "found " + load::shown(path_or_name) + ", which is no file and no shipped profile" +
                                    (meant.empty() ? "." : ", did you mean \"" + std::string(meant) + "\"?") +
                                    (list.empty() ? "" : " Shipped: " + list));
    }
  }
  const auto text = environment.read_file(path);
  if (!text) return failed("--config", text.error());
  return parse_profile(*text, path, environment, overrides);
}

std::vector<ProfileError> validate_effective(const Profile& profile) {
  std::vector<ProfileError> errors;
  const std::string where = profile.file.empty() ? "ringload" : profile.file;
  for (size_t i = 0; i < profile.scenarios.size(); ++i) {
    const Scenario& scenario = profile.scenarios[i];
    const std::string path = "$.scenarios[" + std::to_string(i) + "]";
    const auto add = [&](const std::string& key, std::string message) {
      errors.push_back({where, 0, 0, path + key, "scenario \"" + scenario.name + "\": " + std::move(message)});
    };
    if (scenario.target.host.empty()) {
      add(".target", "found no target, allowed: --target URL, or \"target\" in the profile");
    }
    const std::string found = "found " + std::string(load::kPlaceholder) + ", allowed: a key";
    const auto left_in = [](std::string_view text) { return text.find(load::kPlaceholder) != std::string_view::npos; };
    for (const Header& header : scenario.headers) {
      if (left_in(header.value))
        add(".headers" + load::path_step(header.name),
            found + "; give it with --vk-env NAME, --vk-file FILE or --header '" + header.name + ": …'");
    }
    if (left_in(scenario.target.path)) add(".target", found);
    if (left_in(scenario.extra_body)) add(".extra_body", found);
  }
  return errors;
}

}  // namespace ringload
