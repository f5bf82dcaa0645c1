#include "cli/output_files.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "load/secret_text.h"

namespace ringload::cli {
namespace {

constexpr const char* kRemedy = ". Choose another --out, or none";

std::string stamp_of(int64_t unix_seconds) {
  const time_t t = unix_seconds;
  tm utc{};
  ::gmtime_r(&t, &utc);
  char text[32];
  ::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

}  // namespace

std::string write_atomically(const std::string& path, const std::string& content) {
  const std::string beside = path + ".part";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return "cannot write " + path + ": " + std::strerror(errno);
  size_t done = 0;
  int failure = 0;
  while (done < content.size() && failure == 0) {
    const ssize_t n = ::write(fd, content.data() + done, content.size() - done);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (n < 0 && errno != EINTR) {
      failure = errno;
    }
  }
  if (::close(fd) != 0 && failure == 0) failure = errno;
  if (failure == 0 && ::rename(beside.c_str(), path.c_str()) != 0) failure = errno;
  if (failure == 0) return {};
  ::unlink(beside.c_str());
  return "cannot write " + path + ": " + std::strerror(failure);
}

std::expected<OutputFiles, std::string> OutputFiles::create(const std::string& directory, int64_t unix_seconds) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error)
    return std::unexpected("cannot make the output directory \"" + load::redacted(directory) + "\": " +
                           error.message() + kRemedy);
  if (!std::filesystem::is_directory(directory))
    return std::unexpected("\"" + load::redacted(directory) + "\" is not a directory" + kRemedy);
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return std::unexpected("cannot write to the output directory \"" + load::redacted(directory) + "\": " +
                           std::strerror(errno) + kRemedy);
  OutputFiles files;
  files.directory_ = directory;
  files.made_directory_ = made;
  if (const auto latest = std::filesystem::read_symlink(directory + "/latest", error);
      !error && std::filesystem::exists(std::filesystem::path(directory) / latest, error))
    files.previous_ = std::filesystem::path(directory) / latest;
  const std::string base = stamp_of(unix_seconds);
  files.stamp_ = base;
  for (int n = 2;; ++n) {
    if (!std::filesystem::exists(files.path("results", "jsonl"))) {
      // Two runs that begin in the same second: whoever creates the summary first has the stamp.
      const int fd = ::open(files.path("summary", "json").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
      if (fd >= 0) {
        ::close(fd);
        files.claimed_ = true;
        return files;
      }
      if (errno != EEXIST)
        return std::unexpected("cannot write to the output directory \"" + load::redacted(directory) + "\": " +
                               std::strerror(errno) + kRemedy);
    }
    files.stamp_ = base + "-" + std::to_string(n);
  }
}

OutputFiles OutputFiles::of_flag(const Arguments& arguments, int64_t unix_seconds) {
  const std::string out = arguments.value("out").value_or("runs");
  if (out == "none") return {};
  auto created = create(out, unix_seconds);
  if (!created) throw UsageError(created.error());
  return std::move(*created);
}

OutputFiles& OutputFiles::operator=(OutputFiles&& other) noexcept {
  drop_claim();
  directory_ = std::move(other.directory_);
  stamp_ = std::move(other.stamp_);
  previous_ = std::move(other.previous_);
  made_directory_ = other.made_directory_;
  claimed_ = std::exchange(other.claimed_, false);
  other.directory_.clear();
  return *this;
}

void OutputFiles::drop_claim() {
  if (!claimed_) return;
  ::unlink(path("summary", "json").c_str());
  if (made_directory_) ::rmdir(directory_.c_str());  // unless something else lies in it by now
  claimed_ = false;
}

std::string OutputFiles::path(const std::string& kind, const std::string& ending) const {
  return directory_ + "/" + kind + "-" + stamp_ + "." + ending;
}

std::string OutputFiles::write_summary(const std::string& content) {
  if (std::string failure = write_atomically(path("summary", "json"), content); !failure.empty()) return failure;
  claimed_ = false;
  return {};
}

std::string OutputFiles::link_latest() const {
  const std::string link = directory_ + "/latest";
  const std::string beside = link + "." + stamp_ + ".part";
  const std::string target = std::filesystem::path(path("summary", "json")).filename();
  ::unlink(beside.c_str());
  if (::symlink(target.c_str(), beside.c_str()) == 0 && ::rename(beside.c_str(), link.c_str()) == 0) return {};
  const std::string reason = std::strerror(errno);
  ::unlink(beside.c_str());
  return "cannot link " + link + ": " + reason;
}

}  // namespace ringload::cli
