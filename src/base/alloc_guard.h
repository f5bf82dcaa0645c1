// "No allocation on a shard's thread while it runs" as something that test builds enforce: with -Dalloc_guard=true every
// malloc, realloc, operator new and anonymous mmap of a thread inside a ForbidAllocation ends the program, in libraries
// too. In other builds it does nothing.
#pragma once

namespace ringload {

namespace detail {
inline int& forbid_allocation_depth() {
  static thread_local int value = 0;
  return value;
}
}  // namespace detail

class ForbidAllocation {
 public:
  ForbidAllocation() { ++detail::forbid_allocation_depth(); }
  ~ForbidAllocation() { --detail::forbid_allocation_depth(); }
  ForbidAllocation(const ForbidAllocation&) = delete;
  ForbidAllocation& operator=(const ForbidAllocation&) = delete;

  static bool active() { return detail::forbid_allocation_depth() > 0; }
};

// The exemption, for BoringSSL alone: its handshakes allocate, and its records pass through memory of its own
// (tls/memory.h says what is counted).
class AllowAllocation {
 public:
  AllowAllocation() : before_(detail::forbid_allocation_depth()) { detail::forbid_allocation_depth() = 0; }
  ~AllowAllocation() { detail::forbid_allocation_depth() = before_; }
  AllowAllocation(const AllowAllocation&) = delete;
  AllowAllocation& operator=(const AllowAllocation&) = delete;

 private:
  int before_;
};

}  // namespace ringload
