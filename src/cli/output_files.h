// The files of a run: names with the time it began, written so that a reader never sees half of one.
#pragma once
#include <cstdint>
#include <expected>
#include <string>

#include "cli/arguments.h"

namespace ringload::cli {

// Writes to a name beside and renames. Empty when it worked, else the reason.
std::string write_atomically(const std::string& path, const std::string& content);

// Owns the names that it found free: what was claimed and never written is taken away again.
class OutputFiles {
 public:
  // Nothing is written: --out none.
  OutputFiles() = default;
  // Makes the directory and finds a time stamp that no file has yet. The error names the directory and the reason.
  static std::expected<OutputFiles, std::string> create(const std::string& directory, int64_t unix_seconds);
  // Where --out says. Throws UsageError.
  static OutputFiles of_flag(const Arguments& arguments, int64_t unix_seconds);
  ~OutputFiles() { drop_claim(); }
  OutputFiles(OutputFiles&& other) noexcept { *this = std::move(other); }
  OutputFiles& operator=(OutputFiles&& other) noexcept;

  bool writes() const { return !directory_.empty(); }
  const std::string& directory() const { return directory_; }
  // "runs/summary-20260102T150405Z.json"; the directory and the stamp are this run's.
  std::string path(const std::string& kind, const std::string& ending) const;
  // The summary that was the newest when this began; empty: there was none.
  const std::string& previous_summary() const { return previous_; }
  // Empty when it worked, else the reason.
  std::string write_summary(const std::string& content);
  // <directory>/latest → the summary; the same.
  std::string link_latest() const;

 private:
  void drop_claim();
  std::string directory_;
  std::string stamp_;
  std::string previous_;
  bool made_directory_ = false;
  bool claimed_ = false;  // the summary's name is taken by an empty file
};

}  // namespace ringload::cli
