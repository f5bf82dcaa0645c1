// The files of a run: names with the time it began, written so that a reader never sees half of one.
#pragma once
#include <expected>
#include <string>

namespace ringload::cli {

class OutputFiles {
 public:
  // Nothing is written: --out none.
  OutputFiles() = default;
  // Makes the directory and finds a time stamp that no file has yet. The error names the directory and the reason.
  static std::expected<OutputFiles, std::string> create(const std::string& directory, int64_t unix_seconds);

  bool writes() const { return !directory_.empty(); }
  // "runs/summary-20260102T150405Z.json"; the directory and the stamp are this run's.
  std::string path(const std::string& kind, const std::string& ending) const;
  // Writes to a name beside and renames. Empty when it worked, else the reason.
  std::string write(const std::string& path, const std::string& content) const;
  // <directory>/latest → the summary.
  std::string link_latest() const;

 private:
  std::string directory_;
  std::string stamp_;
};

}  // namespace ringload::cli
