// Linked into programs built with -Dalloc_guard=true: allocation functions that look at ForbidAllocation first. glibc's
// own are reached by their __libc_ names, because interposing must not allocate.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/alloc_guard.h"

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);
}

namespace {

void check(const char* what) {
  if (!ringload::ForbidAllocation::active()) return;
  static const char text[] = "ringload: allocation on a shard's thread: ";
  [[maybe_unused]] ssize_t ignored = ::write(2, text, sizeof text - 1);
  ignored = ::write(2, what, std::strlen(what));
  ignored = ::write(2, "\n", 1);
  std::abort();
}

}  // namespace

extern "C" {

void* malloc(size_t size) {
  check("malloc");
  return __libc_malloc(size);
}
void* calloc(size_t n, size_t size) {
  check("calloc");
  return __libc_calloc(n, size);
}
void* realloc(void* old, size_t size) {
  check("realloc");
  return __libc_realloc(old, size);
}
void* memalign(size_t alignment, size_t size) {
  check("memalign");
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  check("aligned_alloc");
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, size_t alignment, size_t size) {
  check("posix_memalign");
  *out = __libc_memalign(alignment, size);
  return *out == nullptr ? ENOMEM : 0;
}
void free(void* memory) { __libc_free(memory); }
void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  check("mmap");
  return reinterpret_cast<void*>(::syscall(SYS_mmap, address, length, protection, flags, fd, offset));
}

}  // extern "C"
