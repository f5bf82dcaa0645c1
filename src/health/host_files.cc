#include "health/host_files.h"

#include <dirent.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>

namespace ringload::health {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The number at the beginning of `text`, which moves behind it.
std::optional<int64_t> take_number(std::string_view& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<std::string> HostFiles::text(std::string_view path) const {
  std::ifstream file(where(path), std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // Some files of /sys open and then refuse to be read.
  if (file.bad()) return std::nullopt;
  return text;
}

std::optional<std::string> HostFiles::line(std::string_view path) const {
  auto found = text(path);
  if (!found) return std::nullopt;
  std::string_view line = *found;
  line = line.substr(0, line.find('\n'));
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  return std::string(line);
}

std::optional<int64_t> HostFiles::number(std::string_view path) const {
  const auto found = line(path);
  if (!found) return std::nullopt;
  std::string_view rest = *found;
  const auto value = take_number(rest);
  return rest.empty() ? value : std::nullopt;
}

std::vector<std::string> HostFiles::names(std::string_view directory) const {
  std::vector<std::string> names;
  DIR* open = ::opendir(where(directory).c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = ::readdir(open))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(open);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> HostFiles::numbered(std::string_view directory, std::string_view prefix) const {
  std::vector<std::string> found = names(directory);
  const auto number_of = [prefix](const std::string& name) {
    std::string_view rest = std::string_view(name).substr(prefix.size());
    return take_number(rest).value_or(0);
  };
  std::erase_if(found, [&](const std::string& name) {
    return !name.starts_with(prefix) || name.size() == prefix.size() ||
           !std::all_of(name.begin() + static_cast<ptrdiff_t>(prefix.size()), name.end(),
                        [](unsigned char c) { return std::isdigit(c) != 0; });
  });
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return number_of(a) < number_of(b); });
  return found;
}

std::vector<int64_t> numbers_in(std::string_view text) {
  std::vector<int64_t> numbers;
  for (;;) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    const auto value = take_number(text);
    if (!value) return numbers;
    numbers.push_back(*value);
  }
}

std::vector<int> cpus_in(std::string_view list) {
  constexpr int64_t kMostCpus = 65536;
  std::vector<int> cpus;
  while (!list.empty()) {
    const auto first = take_number(list);
    if (!first || *first < 0 || *first >= kMostCpus) break;
    auto last = first;
    if (!list.empty() && list.front() == '-') {
      list.remove_prefix(1);
      last = take_number(list);
      if (!last || *last >= kMostCpus) break;
    }
    for (int64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
    if (list.empty() || list.front() != ',') break;
    list.remove_prefix(1);
  }
  return cpus;
}

}  // namespace ringload::health
