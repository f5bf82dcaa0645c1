// What each operation does when it is tried.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "base/prng.h"
#include "io/socket_options.h"
#include "sim/sim_kernel.h"

namespace ringload::sim {
namespace {

constexpr unsigned kOpListen = 57;

template <class T>
T* pointer(uint64_t address) {
  return reinterpret_cast<T*>(address);
}

bool is_send(const Request& request) {
  return request.entry.opcode == IORING_OP_SEND || request.entry.opcode == IORING_OP_SENDMSG;
}

// Of at most about a thousand words spread over the bytes: a reused block differs in nearly all of them.
uint64_t checksum_of(const std::vector<iovec>& pieces, size_t bytes) {
  const size_t stride = std::max<size_t>(8, bytes / 1024);
  uint64_t sum = 0;
  for (const iovec& piece : pieces) {
    const auto* from = static_cast<const char*>(piece.iov_base);
    for (size_t at = 0; at < piece.iov_len; at += stride) {
      uint64_t word = 0;
      std::memcpy(&word, from + at, std::min<size_t>(8, piece.iov_len - at));
      sum = mix64(sum ^ word);
    }
  }
  return sum;
}

}  // namespace

bool SimKernel::supports(unsigned opcode) const {
  switch (opcode) {
    case IORING_OP_NOP:
    case IORING_OP_SENDMSG:
    case IORING_OP_ACCEPT:
    case IORING_OP_ASYNC_CANCEL:
    case IORING_OP_CONNECT:
    case IORING_OP_CLOSE:
    case IORING_OP_FILES_UPDATE:
    case IORING_OP_READ:
    case IORING_OP_WRITE:
    case IORING_OP_SEND:
    case IORING_OP_RECV:
    case IORING_OP_SHUTDOWN:
    case IORING_OP_SOCKET:
    case IORING_OP_URING_CMD: return true;
    case io::kOpBind:
    case kOpListen: return (options_.features & io::kBind) != 0;
    default: return false;
  }
}

// Before the first try: the file, and what the kernel copies when an entry is taken up.
int SimKernel::begin(Request& request) {
  const io_uring_sqe& entry = request.entry;
  if (!supports(entry.opcode)) return -EINVAL;
  if ((entry.flags & (IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_DRAIN)) != 0) return -EINVAL;
  uint8_t wants = 0;
  switch (entry.opcode) {
    case IORING_OP_NOP:
    case IORING_OP_SOCKET:
    case IORING_OP_CLOSE:
    case IORING_OP_ASYNC_CANCEL:
    case IORING_OP_FILES_UPDATE: return 0;
    case IORING_OP_ACCEPT:
    case IORING_OP_RECV:
    case IORING_OP_READ: wants = kReadable; break;
    case IORING_OP_CONNECT:
    case IORING_OP_SEND:
    case IORING_OP_SENDMSG: wants = kWritable; break;
    default: break;
  }
  SimRing& ring = *request.ring;
  if ((entry.flags & IOSQE_FIXED_FILE) != 0) {
    const auto slot = static_cast<uint32_t>(entry.fd);
    request.file = slot < ring.files.size() ? ring.files[slot] : nullptr;
  } else if (entry.fd >= 0 && entry.fd < Descriptors::kFirst) {
    request.file = new_file(FileKind::host);
    request.file->references = 0;  // this request's alone
    request.file->host_fd = ::fcntl(entry.fd, F_DUPFD_CLOEXEC, 0);
  } else {
    request.file = descriptors_.get(entry.fd);
  }
  if (request.file == nullptr) return -EBADF;
  hold(*request.file);
  File& file = *request.file;
  const bool on_socket = entry.opcode != IORING_OP_READ && entry.opcode != IORING_OP_WRITE;
  if (on_socket && file.kind != FileKind::socket) return -ENOTSOCK;
  if (!on_socket && file.kind == FileKind::socket) return -EINVAL;  // not simulated

  if (is_send(request)) {
    if (entry.opcode == IORING_OP_SEND) {
      request.pieces.push_back({pointer<void>(entry.addr), entry.len});
    } else {
      const auto& message = *pointer<const msghdr>(entry.addr);
      request.pieces.assign(message.msg_iov, message.msg_iov + message.msg_iovlen);
    }
    for (const iovec& piece : request.pieces) request.wanted += piece.iov_len;
    check_send(request, true);
  }
  if (file.kind == FileKind::host) return 0;
  IntrusiveList<Waiter>& waiters = file.kind == FileKind::socket ? file.endpoint->waiters : file.waiters;
  if (wants != 0) {
    waiters.for_each([&](Waiter* waiter) {
      const auto& other = static_cast<const Request&>(*waiter);
      if (other.cancelled) return;
      if (is_send(request) && is_send(other)) violation("two sends at once on one socket");
      if (entry.opcode == IORING_OP_RECV && other.entry.opcode == IORING_OP_RECV)
        violation("two receives at once on one socket");
    });
  }
  request.wants = wants;
  waiters.push_back(&request);
  return 0;
}

int SimKernel::perform(Request& request) {
  const io_uring_sqe& entry = request.entry;
  Endpoint* endpoint = request.file != nullptr ? request.file->endpoint : nullptr;
  switch (entry.opcode) {
    case IORING_OP_NOP: return 0;
    case IORING_OP_SOCKET: return do_socket(request);
    case IORING_OP_URING_CMD: return do_command(request);
    case io::kOpBind:
      return network_.bind(*endpoint, pointer<const sockaddr>(entry.addr), static_cast<socklen_t>(entry.off));
    case kOpListen: return network_.listen(*endpoint, static_cast<int>(entry.len));
    case IORING_OP_CONNECT: return do_connect(request);
    case IORING_OP_ACCEPT: return do_accept(request);
    case IORING_OP_RECV: return do_receive(request);
    case IORING_OP_SEND:
    case IORING_OP_SENDMSG: return do_send(request);
    case IORING_OP_SHUTDOWN: return network_.shutdown(*endpoint, static_cast<int>(entry.len));
    case IORING_OP_READ: return do_read(request);
    case IORING_OP_WRITE: return do_write(request);
    case IORING_OP_CLOSE: return do_close(request);
    case IORING_OP_ASYNC_CANCEL: return do_cancel(request);
    case IORING_OP_FILES_UPDATE:
      return update_files(*request.ring, static_cast<unsigned>(entry.off), pointer<const int>(entry.addr), entry.len);
    default: return -EINVAL;
  }
}

int SimKernel::do_socket(Request& request) {
  const io_uring_sqe& entry = request.entry;
  if (entry.fd != AF_INET && entry.fd != AF_INET6) return -EAFNOSUPPORT;
  if ((entry.off & 0xf) != SOCK_STREAM) return -EPROTONOSUPPORT;
  if (faults_.strikes(Fault::process_files)) return -EMFILE;
  if (faults_.strikes(Fault::system_files)) return -ENFILE;
  File& file = *new_socket(network_.create(static_cast<uint16_t>(entry.fd)));
  const int result = install(*request.ring, entry.file_index, file);
  drop(&file);
  return result;
}

int SimKernel::do_command(Request& request) {
  const io_uring_sqe& entry = request.entry;
  if ((options_.features & io::kSocketOption) == 0) return -EOPNOTSUPP;
  if (static_cast<uint32_t>(entry.off) != static_cast<uint32_t>(io::kSocketUringSetSockOpt)) return -EOPNOTSUPP;
  return network_.set_option(*request.file->endpoint, static_cast<int>(entry.addr & 0xffff'ffff),
                             static_cast<int>(entry.addr >> 32), pointer<const void>(entry.addr3), entry.file_index,
                             (options_.features & io::kPortRange) != 0);
}

int SimKernel::do_connect(Request& request) {
  Endpoint& endpoint = *request.file->endpoint;
  if (request.done == 0) {
    if (pointer<const sockaddr>(request.entry.addr)->sa_family == AF_UNSPEC) {
      network_.disconnect(endpoint);
      return 0;
    }
    const int result = network_.connect(endpoint, pointer<const sockaddr>(request.entry.addr),
                                        static_cast<socklen_t>(request.entry.off));
    if (result < 0) return result;
    request.done = 1;  // the request is under way
    return kPending;
  }
  const int result = network_.connect_result(endpoint);
  return result == -EAGAIN ? kPending : result;
}

int SimKernel::do_accept(Request& request) {
  const io_uring_sqe& entry = request.entry;
  Endpoint& listener = *request.file->endpoint;
  if (listener.state != EndpointState::listening) return -EINVAL;
  for (;;) {
    Endpoint* endpoint = network_.accept(listener);
    if (endpoint == nullptr) return kPending;
    if (entry.addr != 0) write_address(endpoint->remote, pointer<sockaddr>(entry.addr), pointer<socklen_t>(entry.off));
    File& file = *new_socket(*endpoint);
    const int result = install(*request.ring, entry.file_index, file);
    drop(&file);  // without a slot that was its last reference: the connection is closed, as Linux does
    if (result < 0 || (entry.ioprio & IORING_ACCEPT_MULTISHOT) == 0) return result;
    if (!post_more(request, result, 0)) return kHasEnded;
  }
}

int SimKernel::do_receive(Request& request) {
  constexpr unsigned kRounds = 32;  // then others have their turn
  const io_uring_sqe& entry = request.entry;
  Endpoint& endpoint = *request.file->endpoint;
  if ((entry.ioprio & ~(IORING_RECV_MULTISHOT)) != 0) return -EINVAL;
  const bool select = (entry.flags & IOSQE_BUFFER_SELECT) != 0;
  const bool multishot = (entry.ioprio & IORING_RECV_MULTISHOT) != 0;
  if (multishot && !select) return -EINVAL;
  for (unsigned round = 0;; ++round) {
    if (round == kRounds) {
      enqueue(request);
      return kPending;
    }
    char* into = pointer<char>(entry.addr);
    size_t room = entry.len;
    BufferGroup* group = nullptr;
    const io_uring_buf* buffer = nullptr;
    if (select) {
      const auto found = request.ring->groups.find(entry.buf_group);
      if (found == request.ring->groups.end()) return -ENOBUFS;
      group = &found->second;
      buffer = peek_buffer(*group);
      if (buffer == nullptr) return -ENOBUFS;
      if (network_.has_more(endpoint) && faults_.strikes(Fault::no_buffers)) return -ENOBUFS;
      into = pointer<char>(buffer->addr);
      room = entry.len == 0 ? buffer->len : std::min(entry.len, buffer->len);
    }
    const ssize_t count = network_.receive(endpoint, into, room);
    if (count == -EAGAIN) return kPending;
    if (count <= 0) return static_cast<int>(count);
    unsigned flags = network_.has_more(endpoint) ? IORING_CQE_F_SOCK_NONEMPTY : 0;
    if (select) {
      flags |= IORING_CQE_F_BUFFER | unsigned{buffer->bid} << IORING_CQE_BUFFER_SHIFT;
      group->with_kernel[buffer->bid] = false;
      ++group->head;
    }
    if (!multishot) {
      finish(request, static_cast<int>(count), flags);
      return kHasEnded;
    }
    if (!post_more(request, static_cast<int>(count), flags)) return kHasEnded;
    if ((flags & IORING_CQE_F_SOCK_NONEMPTY) == 0) return kPending;
  }
}

void SimKernel::check_send(Request& request, bool first) {
  const uint64_t sum = checksum_of(request.pieces, request.wanted);
  if (!first && sum != request.checksum) violation("the bytes of a send changed before it completed");
  request.checksum = sum;
}

int SimKernel::do_send(Request& request) {
  Endpoint& endpoint = *request.file->endpoint;
  const bool all = (request.entry.msg_flags & MSG_WAITALL) != 0;
  check_send(request, false);
  while (request.done < request.wanted) {
    size_t skip = request.done;
    const iovec* piece = request.pieces.data();
    for (; skip >= piece->iov_len; ++piece) skip -= piece->iov_len;
    const ssize_t taken = network_.send(endpoint, static_cast<const char*>(piece->iov_base) + skip, piece->iov_len - skip);
    if (taken == -EAGAIN) return request.done > 0 && !all ? static_cast<int>(request.done) : kPending;
    if (taken < 0) return request.done > 0 ? static_cast<int>(request.done) : static_cast<int>(taken);
    request.done += static_cast<size_t>(taken);
  }
  return static_cast<int>(request.done);
}

int SimKernel::do_read(Request& request) {
  const io_uring_sqe& entry = request.entry;
  File& file = *request.file;
  if (file.kind == FileKind::event) {
    if (entry.len < sizeof file.count) return -EINVAL;
    if (file.count == 0) return kPending;
    std::memcpy(pointer<char>(entry.addr), &file.count, sizeof file.count);
    file.count = 0;
    return sizeof file.count;
  }
  pollfd poll{file.host_fd, POLLIN, 0};
  if (::poll(&poll, 1, 0) == 0) {
    request.ring->host_reads.push_back(&request);
    return kPending;
  }
  const ssize_t count = ::read(file.host_fd, pointer<char>(entry.addr), entry.len);
  return count < 0 ? -errno : static_cast<int>(count);
}

int SimKernel::do_write(Request& request) {
  const io_uring_sqe& entry = request.entry;
  File& file = *request.file;
  if (file.kind == FileKind::event) {
    if (entry.len != sizeof file.count) return -EINVAL;
    uint64_t add;
    std::memcpy(&add, pointer<const char>(entry.addr), sizeof add);
    file.count += add;
    file.waiters.for_each([this](Waiter* waiter) { on_ready(*waiter); });
    return sizeof add;
  }
  const auto* bytes = pointer<const char>(entry.addr);
  const auto offset = static_cast<off_t>(entry.off);
  const ssize_t count = offset == -1 ? ::write(file.host_fd, bytes, entry.len)
                                     : ::pwrite(file.host_fd, bytes, entry.len, offset);
  return count < 0 ? -errno : static_cast<int>(count);
}

int SimKernel::do_close(Request& request) {
  const io_uring_sqe& entry = request.entry;
  if (entry.file_index == 0) {
    File* file = descriptors_.remove(entry.fd);
    if (file == nullptr) return -EBADF;
    drop(file);
    return 0;
  }
  SimRing& ring = *request.ring;
  if (ring.files.empty()) return -ENXIO;
  const uint32_t slot = entry.file_index - 1;
  if (slot >= ring.files.size()) return -EINVAL;
  File* file = std::exchange(ring.files[slot], nullptr);
  if (file == nullptr) return -EBADF;
  ring.alloc_hint = slot;
  drop(file);
  return 0;
}

bool SimKernel::cancel(Request& target) {
  if (!target.issued || target.cancelled || target.phase == RequestPhase::free) return false;
  target.cancelled = true;
  std::erase(target.ring->host_reads, &target);
  if (target.phase == RequestPhase::queued) {
    target.ring->urgent = true;
  } else if (faults_.strikes(Fault::delay)) {
    delay(target);  // its slot may be somebody else's by the time that it completes
  } else {
    enqueue(target);
  }
  return true;
}

int SimKernel::do_cancel(Request& request) {
  const io_uring_sqe& entry = request.entry;
  SimRing& ring = *request.ring;
  const bool all = (entry.cancel_flags & (IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY)) != 0;
  int found = 0;
  if ((entry.cancel_flags & IORING_ASYNC_CANCEL_FD) != 0) {
    const bool fixed = (entry.cancel_flags & IORING_ASYNC_CANCEL_FD_FIXED) != 0;
    const auto slot = static_cast<uint32_t>(entry.fd);
    File* file = !fixed ? descriptors_.get(entry.fd) : slot < ring.files.size() ? ring.files[slot] : nullptr;
    if (file == nullptr) return -EBADF;
    IntrusiveList<Waiter>& waiters = file->kind == FileKind::socket ? file->endpoint->waiters : file->waiters;
    waiters.for_each([&](Waiter* waiter) {
      Request& target = static_cast<Request&>(*waiter);
      if (target.ring == &ring && (all || found == 0)) found += cancel(target);
    });
  } else {
    const bool any = (entry.cancel_flags & IORING_ASYNC_CANCEL_ANY) != 0;
    for (Request& target : requests_) {
      if (&target == &request || target.ring != &ring || (!any && target.entry.user_data != entry.addr)) continue;
      if (all || found == 0) found += cancel(target);
    }
  }
  if (all) return found;
  return found > 0 ? 0 : -ENOENT;
}

}  // namespace ringload::sim
