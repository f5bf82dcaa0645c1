// Reading /proc and /sys, of this host or of a copy below another directory: tests and `doctor --root` use such copies.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringload::health {

class HostFiles {
 public:
  explicit HostFiles(std::string root = {}) : root_(std::move(root)) {}

  std::string where(std::string_view path) const { return root_ + std::string(path); }

  // Paths are absolute, as on a host: "/proc/stat".
  std::optional<std::string> text(std::string_view path) const;   // absent: cannot be read
  std::optional<std::string> line(std::string_view path) const;   // the first line, without surrounding space
  std::optional<int64_t> number(std::string_view path) const;     // of the first line, when it is one number
  // Names in a directory that begin with `prefix` and a digit ("cpu0", not "cpuidle"; with an empty prefix numbers
  // only), in order of that number.
  std::vector<std::string> numbered(std::string_view directory, std::string_view prefix) const;
  std::vector<std::string> names(std::string_view directory) const;  // all but hidden ones, sorted

 private:
  std::string root_;
};

// Numbers separated by space or tabs; stops at the first other word.
std::vector<int64_t> numbers_in(std::string_view text);

// CPUs of a kernel list: "0-3,8".
std::vector<int> cpus_in(std::string_view list);

}  // namespace ringload::health
