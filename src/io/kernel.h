// The kernel as a table. liburing's inline helpers work on plain memory; only these calls reach outside it, so the same
// Ring runs on Linux and on sim/SimKernel (rings, network and clock in one process). One indirect call per batch.
#pragma once
#include <liburing.h>
#include <sys/socket.h>

#include "base/time.h"

namespace ringload::io {

// What a socket needs before it connects or listens; used by the fallback of kernels that cannot do it through the
// ring (before 6.11) and for listening sockets.
struct SocketSpec {
  int family = AF_INET;
  bool no_delay = true;
  bool listen = false;                      // bind to `local`, SO_REUSEADDR, listen
  int backlog = 4096;
  const sockaddr* local = nullptr;          // bind to this; null: not bound
  socklen_t local_size = 0;
  uint32_t local_port_range = 0;            // IP_LOCAL_PORT_RANGE: high port << 16 | low port; 0: the host's
};

struct Kernel {
  void* self;
  // As io_uring_queue_init_params: fills `ring` (its sq and cq point at memory that the inline helpers use). 0 or -errno.
  int (*setup)(void* self, unsigned entries, io_uring_params* params, io_uring* ring);
  void (*teardown)(void* self, io_uring* ring);
  // As io_uring_enter(2): entries submitted or -errno. `flags` are IORING_ENTER_*, `argument` a getevents_arg or null.
  int (*enter)(void* self, io_uring* ring, unsigned to_submit, unsigned min_complete, unsigned flags,
               io_uring_getevents_arg* argument);
  // As io_uring_register(2): result or -errno.
  int (*reg)(void* self, io_uring* ring, unsigned opcode, const void* argument, unsigned nr);
  Nanos (*now)(void* self);
  // A socket made as `spec` says: a file descriptor or -errno.
  int (*socket)(void* self, const SocketSpec& spec);
  void (*close)(void* self, int fd);
};

// Linux itself.
const Kernel& linux_kernel();

}  // namespace ringload::io
