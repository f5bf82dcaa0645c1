#include "cli/summary_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/values.h"
#include "load/secret_text.h"
#include "ringload/report.h"

namespace ringload::cli {
namespace {

std::string read_whole(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw UsageError("\"" + load::redacted(path) + "\" is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError("cannot read \"" + load::redacted(path) + "\": " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::string summary_path(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return path;
  const std::filesystem::path latest = std::filesystem::path(path) / "latest";
  if (!std::filesystem::exists(latest, error))
    throw UsageError("\"" + path + "\" holds no `latest`: name a summary-*.json of it, or another directory");
  return latest;
}

RunResult load_summary(const std::string& path) {
  const std::string file = summary_path(path);
  const std::string text = read_whole(file);
  auto result = file.ends_with(".jsonl") ? rebuild_result(text) : read_summary(text);
  if (!result) throw UsageError(file + ": " + result.error());
  return std::move(*result);
}

std::vector<RunResult> load_summaries(const std::string& list) {
  std::error_code error;
  if (std::filesystem::exists(list, error)) return {load_summary(list)};
  std::vector<RunResult> results;
  for (size_t i = 0; i <= list.size();) {
    const size_t comma = std::min(list.find(',', i), list.size());
    if (comma == i) throw UsageError("found an empty name in \"" + list + "\", allowed: summaries separated by commas");
    results.push_back(load_summary(list.substr(i, comma - i)));
    i = comma + 1;
  }
  return results;
}

std::vector<std::string> endings_beside(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  const std::string name = real.filename();
  if (error || !name.starts_with("summary-") || !name.ends_with(".json")) return {};
  const std::string stamp = name.substr(8, name.size() - 8 - 5);
  std::vector<std::string> endings;
  for (const auto& [kind, ending] : {std::pair{"report-", ".html"}, {"report-", ".txt"}, {"results-", ".jsonl"},
                                     {"report-", ".csv"}, {"metrics-", ".prom"}})
    if (std::filesystem::exists(real.parent_path() / (kind + stamp + ending), error)) endings.emplace_back(ending);
  return endings;
}

}  // namespace ringload::cli
