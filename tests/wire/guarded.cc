#include "guarded.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace ringload::wire {

Guarded::Guarded(size_t capacity) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t inside = (capacity + page) / page * page;
  mapped_ = inside + 2 * page;
  void* const map = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  map_ = static_cast<char*>(map);
  begin_ = map_ + page;
  end_ = begin_ + inside;
  if (mprotect(begin_, inside, PROT_READ | PROT_WRITE) != 0) {
    throw std::system_error(errno, std::generic_category(), "mprotect");
  }
}

Guarded::~Guarded() { munmap(map_, mapped_); }

std::span<char> Guarded::at_end(std::string_view bytes, size_t slack) {
  const auto capacity = static_cast<size_t>(end_ - begin_);
  if (bytes.size() + slack > capacity) throw std::length_error("more bytes than were planned");
  char* const to = end_ - slack - bytes.size();
  bytes.copy(to, bytes.size());
  std::memset(end_ - slack, '"', slack);  // what a search would stop at, were it to count
  return {to, bytes.size()};
}

std::span<char> Guarded::at_begin(std::string_view bytes) {
  if (bytes.size() > static_cast<size_t>(end_ - begin_)) throw std::length_error("more bytes than were planned");
  bytes.copy(begin_, bytes.size());
  return {begin_, bytes.size()};
}

}  // namespace ringload::wire
