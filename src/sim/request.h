// One submitted operation until its last completion. From its first try on it hangs in the list of its file's waiters.
#pragma once
#include <liburing.h>
#include <sys/uio.h>

#include <vector>

#include "sim/endpoint.h"
#include "sim/file.h"

namespace ringload::sim {

class SimRing;

enum class RequestPhase : uint8_t {
  free,
  linked,   // waits for its predecessor
  queued,   // runs at the next enter that gets events
  armed,    // waits for its file
  delayed,  // by Fault::delay
  running,
};

struct Request : Waiter {
  uint32_t index = 0;
  uint32_t generation = 0;
  SimRing* ring = nullptr;
  RequestPhase phase = RequestPhase::free;
  bool issued = false;         // has been tried at least once
  bool cancelled = false;      // completes with ECANCELED the next time it runs
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"  // the kernel's header ends the entry in an array of size zero
  io_uring_sqe entry{};
#pragma GCC diagnostic pop
  File* file = nullptr;
  Request* next = nullptr;    // of its chain
  size_t done = 0;            // bytes of a send that were taken so far
  size_t wanted = 0;          // bytes of a send
  std::vector<iovec> pieces;  // of a send
  uint64_t checksum = 0;      // of a send's bytes at submission
};

}  // namespace ringload::sim
