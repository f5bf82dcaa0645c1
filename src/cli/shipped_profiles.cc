#include "cli/shipped_profiles.h"

#include <unistd.h>

#include <filesystem>

namespace ringload::cli {

std::vector<std::string> shipped_profile_dirs() {
  std::vector<std::string> dirs;
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path bin = self.parent_path();
    dirs.push_back((bin / ".." / "share" / "ringload" / "profiles").lexically_normal());
    // build/src/cli/ringload in a source tree
    for (std::filesystem::path up = bin; up.has_parent_path() && up != up.root_path(); up = up.parent_path())
      if (std::filesystem::exists(up / "profiles" / "perf-128-nonstream.json", error)) dirs.push_back(up / "profiles");
  }
  return dirs;
}

}  // namespace ringload::cli
