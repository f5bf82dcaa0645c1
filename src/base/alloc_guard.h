// "No allocation on a shard's thread while it runs" as something that test builds enforce: with -Dalloc_guard=true every
// malloc, realloc, operator new and anonymous mmap of a thread inside a ForbidAllocation ends the program, in libraries
// too. In other builds it does nothing.
#pragma once

namespace ringload {

class ForbidAllocation {
 public:
  ForbidAllocation() { ++depth(); }
  ~ForbidAllocation() { --depth(); }
  ForbidAllocation(const ForbidAllocation&) = delete;
  ForbidAllocation& operator=(const ForbidAllocation&) = delete;

  static bool active() { return depth() > 0; }

 private:
  static int& depth() {
    static thread_local int value = 0;
    return value;
  }
};


}  // namespace ringload
