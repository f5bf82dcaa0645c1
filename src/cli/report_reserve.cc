#include "cli/report_reserve.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace ringload::cli {
namespace {

// Written, not only allocated: some file systems promise space that they do not have.
int fill(int fd, size_t bytes) {
  const std::vector<char> zeros(64 * 1024);
  for (size_t done = 0; done < bytes;) {
    const ssize_t n = ::write(fd, zeros.data(), std::min(zeros.size(), bytes - done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    done += static_cast<size_t>(n);
  }
  return 0;
}

}  // namespace

void ReportReserve::take(const std::string& directory) {
  std::string name = directory + "/reserve-XXXXXX.part";
  fd_ = ::mkostemps(name.data(), 5, O_CLOEXEC);
  if (fd_ < 0) {
    failure_ = std::strerror(errno);
    return;
  }
  ::unlink(name.c_str());
  // The other half is for the JSONL, and for summaries that are written on the way.
  struct statvfs disk {};
  const size_t half = ::fstatvfs(fd_, &disk) == 0 ? size_t{disk.f_bavail} * disk.f_frsize / 2 : kMost;
  const int error = fill(fd_, std::clamp(half, kLeast, kMost));
  if (error == 0) return;
  failure_ = std::strerror(error);
  release();
}

void ReportReserve::release() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace ringload::cli
