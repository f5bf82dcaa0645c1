#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "io/kernel.h"
#include "io/socket_options.h"

namespace ringload::io {
namespace {

int setup(void*, unsigned entries, io_uring_params* params, io_uring* ring) {
  return io_uring_queue_init_params(entries, ring, params);
}

void teardown(void*, io_uring* ring) { io_uring_queue_exit(ring); }

int enter(void*, io_uring* ring, unsigned to_submit, unsigned min_complete, unsigned flags,
          io_uring_getevents_arg* argument) {
  if (ring->int_flags & 1) flags |= IORING_ENTER_REGISTERED_RING;  // liburing's INT_FLAG_REG_RING
  const void* pointer = argument;
  const size_t size = argument != nullptr ? sizeof *argument : 0;
  if (argument != nullptr) flags |= IORING_ENTER_EXT_ARG;
  const long result = ::syscall(__NR_io_uring_enter, ring->enter_ring_fd, to_submit, min_complete, flags, pointer, size);
  return result < 0 ? -errno : static_cast<int>(result);
}

int reg(void*, io_uring* ring, unsigned opcode, const void* argument, unsigned nr) {
  // The ring's own descriptor is registered per task: liburing keeps the book on it.
  if (opcode == IORING_REGISTER_RING_FDS) return io_uring_register_ring_fd(ring);
  const long result = ::syscall(__NR_io_uring_register, ring->ring_fd, opcode, argument, nr);
  return result < 0 ? -errno : static_cast<int>(result);
}

Nanos now(void*) {
  timespec t;
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return Nanos{t.tv_sec} * kSecond + t.tv_nsec;
}

int fail_and_close(int fd) {
  const int error = errno;
  ::close(fd);
  return -error;
}

int open_socket(void*, const SocketSpec& spec) {
  const int fd = ::socket(spec.family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return -errno;
  const int one = 1;
  if (spec.no_delay) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (spec.listen) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (spec.local_port_range != 0)
    ::setsockopt(fd, IPPROTO_IP, kIpLocalPortRange, &spec.local_port_range, sizeof spec.local_port_range);
  if (spec.local != nullptr) {
    if (!spec.listen) ::setsockopt(fd, IPPROTO_IP, kIpBindAddressNoPort, &one, sizeof one);
    if (::bind(fd, spec.local, spec.local_size) != 0) return fail_and_close(fd);
  }
  if (spec.listen && ::listen(fd, spec.backlog) != 0) return fail_and_close(fd);
  return fd;
}

void close_fd(void*, int fd) { ::close(fd); }

}  // namespace

const Kernel& linux_kernel() {
  static constexpr Kernel kernel{nullptr, setup, teardown, enter, reg, now, open_socket, close_fd};
  return kernel;
}

}  // namespace ringload::io
