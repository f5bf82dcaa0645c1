// What the tests of this folder share: an environment of their own, and profiles from text.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "load/workload.h"
#include "ringload/profile_load.h"

namespace ringload::load {

inline Environment test_environment(std::map<std::string, std::string> variables = {},
                                    std::map<std::string, std::string> files = {}) {
  Environment environment;
  environment.get = [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  environment.read_file = [files](const std::string& path) -> std::expected<std::string, std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return std::unexpected("cannot read " + path + ": No such file or directory");
    return found->second;
  };
  return environment;
}

inline std::string all_text(const std::vector<ProfileError>& errors) {
  std::string out;
  for (const ProfileError& error : errors) out += error.text() + "\n";
  return out;
}

inline Profile good_profile(std::string_view text, const Overrides& overrides = {},
                            const Environment& environment = test_environment()) {
  auto profile = parse_profile(text, "dir/p.json", environment, overrides);
  if (!profile) {
    ADD_FAILURE() << all_text(profile.error()) << text;
    return {};
  }
  return std::move(*profile);
}

// The errors of a profile, one a line; empty when it has none.
inline std::string errors_of(std::string_view text, const Overrides& overrides = {},
                             const Environment& environment = test_environment()) {
  const auto profile = parse_profile(text, "p.json", environment, overrides);
  return profile ? "" : all_text(profile.error());
}

inline std::shared_ptr<const Workload> good_workload(const Profile& profile, const WorkloadOptions& options = {}) {
  auto workload = Workload::make(profile, options);
  if (!workload) {
    ADD_FAILURE() << workload.error();
    return nullptr;
  }
  return *workload;
}

}  // namespace ringload::load
