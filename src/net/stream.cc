#include "net/stream.h"

#include <netinet/tcp.h>

#include <cerrno>

#include "base/assert.h"
#include "io/socket_options.h"

namespace ringload::net {

using io::Op;
using io::pack;

namespace {

// A value that the kernel reads when it runs the option's entry: valid for as long as the program.
const int kOne = 1;

// Accepts armed at a time; each takes one connection.
constexpr unsigned kAcceptsInFlight = 16;

// Connecting a TCP socket to no family dissolves its connection.
const sockaddr kNowhere{};
static_assert(AF_UNSPEC == 0);

void prepare_option(io_uring_sqe* sqe, uint32_t slot, int level, int name, const void* value, uint32_t size) {
  io_uring_prep_rw(IORING_OP_URING_CMD, sqe, static_cast<int>(slot), nullptr, 0, 0);
  sqe->cmd_op = io::kSocketUringSetSockOpt;
  sqe->addr = static_cast<uint64_t>(static_cast<uint32_t>(level)) | static_cast<uint64_t>(static_cast<uint32_t>(name)) << 32;
  sqe->file_index = size;
  sqe->addr3 = reinterpret_cast<uint64_t>(value);
  sqe->flags |= IOSQE_FIXED_FILE;
}

}  // namespace

std::expected<std::unique_ptr<Streams>, std::string> Streams::create(io::Ring& ring, StreamHandler& handler,
                                                                     const StreamOptions& options) {
  auto buffers =
      io::BufferRing::create(ring, options.buffer_group, options.receive_buffers, options.receive_buffer_size);
  if (!buffers) return std::unexpected(std::move(buffers.error()));
  std::unique_ptr<Streams> streams(new Streams(ring, handler, options));
  streams->buffers_ = std::move(*buffers);
  return streams;
}

Streams::Streams(io::Ring& ring, StreamHandler& handler, const StreamOptions& options)
    : ring_(ring), handler_(handler), options_(options), streams_(options.streams) {
  free_.reserve(options.streams + 1);  // an accepted slot passes through it when it comes free
  waiting_connect_.resize(options.streams);
  starved_.reserve(options.streams);
  for (uint32_t slot = options.streams; slot-- > 0;) {
    streams_[slot].slot = slot;
    free_.push_back(slot);
  }
}

Streams::~Streams() = default;

Stream* Streams::take_slot() {
  if (free_.empty()) return nullptr;
  Stream& stream = streams_[free_.back()];
  free_.pop_back();
  RINGLOAD_ASSERT(stream.state == StreamState::free && stream.kernel_owes == 0);
  ++counters_.open_now;
  if (counters_.open_now > counters_.open_peak) counters_.open_peak = counters_.open_now;
  return &stream;
}

void Streams::free_slot(Stream& stream) {
  RINGLOAD_ASSERT(stream.kernel_owes == 0 && !stream.receive_armed && !stream.send_in_flight);
  const uint32_t slot = stream.slot;
  const uint32_t generation = (stream.generation + 1) & io::kGenerationMask;
  handler_.on_closed(stream);
  stream = Stream{};
  stream.slot = slot;
  stream.generation = generation;
  free_.push_back(slot);
  --counters_.open_now;
  ++counters_.closed;
}

// ---- opening ----

Stream* Streams::connect(const Address& peer, const Address* local, uint32_t port_range) {
  Stream* stream = take_slot();
  if (stream == nullptr) return nullptr;
  stream->state = StreamState::opening;
  stream->peer = peer;
  stream->bind_local = local != nullptr;
  if (local != nullptr) stream->local = *local;
  stream->port_range = port_range;
  if (waiting_count_ == 0 && may_connect()) {
    begin_chain(*stream);
  } else {
    waiting_connect_[(waiting_head_ + waiting_count_++) % waiting_connect_.size()] = stream->slot;
  }
  return stream;
}

bool Streams::may_connect() {
  if (ring_.reaped_at() >= connect_round_began_ + kConnectRound) {
    ++connect_round_;
    connect_round_began_ = ring_.reaped_at();
    connecting_ = 0;
  }
  return connecting_ < options_.connects_in_flight;
}

// socket → options → bind → connect as one linked chain on a direct descriptor: no normal descriptor ever exists. The
// last entry completes last; the first error among them is the stream's.
void Streams::begin_chain(Stream& stream) {
  ++connecting_;
  stream.connect_round = connect_round_;
  stream.chain_started = true;
  const bool by_ring = ring_.has(io::kSocketOption) && (!stream.bind_local || ring_.has(io::kBind));
  const uint32_t slot = stream.slot;
  ring_.reserve(8);
  if (by_ring) {
    io_uring_sqe* sqe = ring_.sqe();
    io_uring_prep_socket_direct(sqe, stream.peer.family(), SOCK_STREAM, IPPROTO_TCP, slot, 0);
    sqe->flags |= IOSQE_IO_LINK;
    sqe->user_data = pack(Op::socket, slot, stream.generation);
    ++stream.kernel_owes;

    const auto option = [&](int level, int name, const void* value, uint32_t size) {
      io_uring_sqe* entry = ring_.sqe();
      prepare_option(entry, slot, level, name, value, size);
      entry->flags |= IOSQE_IO_LINK;
      entry->user_data = pack(Op::option, slot, stream.generation);
      ++stream.kernel_owes;
    };
    option(IPPROTO_TCP, TCP_NODELAY, &kOne, sizeof kOne);
    if (stream.port_range != 0 && ring_.has(io::kPortRange))
      option(IPPROTO_IP, io::kIpLocalPortRange, &stream.port_range, sizeof stream.port_range);
    if (stream.bind_local) {
      option(IPPROTO_IP, io::kIpBindAddressNoPort, &kOne, sizeof kOne);
      sqe = ring_.sqe();
      io_uring_prep_rw(io::kOpBind, sqe, static_cast<int>(slot), &stream.local, 0, stream.local.size);
      sqe->flags |= IOSQE_FIXED_FILE | IOSQE_IO_LINK;
      sqe->user_data = pack(Op::bind, slot, stream.generation);
      ++stream.kernel_owes;
    }
  } else if (const int error = open_by_system_calls(stream); error != 0) {
    // Told like any other failure, through a completion, so that a handler is never called from connect().
    stream.error = error;
    io_uring_sqe* sqe = ring_.sqe();
    io_uring_prep_nop(sqe);
    sqe->user_data = pack(Op::connect, slot, stream.generation);
    ++stream.kernel_owes;
    return;
  }
  io_uring_sqe* sqe = ring_.sqe();
  io_uring_prep_connect(sqe, static_cast<int>(slot), &stream.peer.base, stream.peer.size);
  sqe->flags |= IOSQE_FIXED_FILE;
  sqe->user_data = pack(Op::connect, slot, stream.generation);
  ++stream.kernel_owes;
}

// Before kernel 6.11: a normal descriptor for a moment, moved into the table and closed.
int Streams::open_by_system_calls(Stream& stream) {
  io::SocketSpec spec;
  spec.family = stream.peer.family();
  spec.local_port_range = ring_.has(io::kPortRange) ? stream.port_range : 0;
  if (stream.bind_local) {
    spec.local = &stream.local.base;
    spec.local_size = stream.local.size;
  }
  const io::Kernel& kernel = ring_.kernel();
  const int fd = kernel.socket(kernel.self, spec);
  if (fd < 0) return -fd;
  const int result = ring_.install_file(stream.slot, fd);
  kernel.close(kernel.self, fd);
  if (result == 0) stream.fd_exists = true;
  return -result;
}

void Streams::on_opening(Stream& stream, Op op, int result, Nanos at) {
  if (op == Op::socket && result >= 0) stream.fd_exists = true;
  if (result < 0 && result != -ECANCELED && stream.error == 0) stream.error = -result;
  if (op != Op::connect) return finish_close_if_returned(stream);
  if (stream.connect_round == connect_round_) --connecting_;
  stream.chain_started = false;
  if (result < 0 && stream.error == 0) stream.error = -result;
  if (stream.state == StreamState::closing) return finish_close_if_returned(stream);
  if (stream.error != 0) {
    ++counters_.open_failed;
    stream.ended = true;
    handler_.on_end(stream, stream.error, at);
    return;
  }
  ++counters_.opened;
  stream.state = StreamState::open;
  arm_receive(stream);
  handler_.on_open(stream, at);
}

void Streams::listen(int fd) {
  listen_fd_ = fd;
  accept_blocked_ = false;
  arm_accepts();
}

void Streams::stop_listening() {
  listen_fd_ = -1;
  if (accepts_armed_ == 0) return;
  io_uring_sqe* sqe = ring_.sqe();
  io_uring_prep_cancel64(sqe, pack(Op::accept, 0, 0), IORING_ASYNC_CANCEL_ALL);
  sqe->user_data = pack(Op::none, 0, 0);
}

// Never more than there are slots: the kernel takes a connection from the queue before it looks for a slot, and drops it
// when there is none. That is also why this is no multishot, which would take all that wait at once.
// The kernel chooses the slot of an accepted stream from the ring's file table, so it must be this layer's alone.
void Streams::arm_accepts() {
  if (listen_fd_ < 0 || accept_blocked_) return;
  while (accepts_armed_ < kAcceptsInFlight && counters_.open_now + accepts_armed_ < streams_.size()) {
    io_uring_sqe* sqe = ring_.sqe();
    io_uring_prep_accept(sqe, listen_fd_, nullptr, nullptr, 0);
    sqe->file_index = IORING_FILE_INDEX_ALLOC;
    sqe->user_data = pack(Op::accept, 0, 0);
    ++accepts_armed_;
  }
}

void Streams::on_accepted(const io_uring_cqe& cqe, Nanos at) {
  --accepts_armed_;
  switch (cqe.res < 0 ? -cqe.res : 0) {
    case 0:
    case ECANCELED:     // stopped; or stopped and started again
    case ECONNABORTED:  // one connection less
    case EINTR:
    case EAGAIN: break;  // armed again after the batch
    case ENFILE:
    case EMFILE: accept_blocked_ = true; break;  // another's files fill the table: again when a stream has closed
    default: listen_fd_ = -1; break;             // the listener is gone or was none
  }
  if (cqe.res < 0) return;
  const auto slot = static_cast<uint32_t>(cqe.res);
  RINGLOAD_ASSERT(slot < streams_.size());
  Stream& stream = streams_[slot];
  if (stream.state != StreamState::free) {
    // The kernel reuses a slot when its close has run, which can be before the last completion of the old stream is
    // here. The new one waits for that.
    RINGLOAD_ASSERT(stream.state == StreamState::closing && !stream.accepted_next);
    stream.accepted_next = true;
    return;
  }
  open_accepted(stream, at);
}

void Streams::open_accepted(Stream& stream, Nanos at) {
  // The free list is a stack of what this side may choose; accepted slots are the kernel's choice and bypass it.
  ++counters_.open_now;
  if (counters_.open_now > counters_.open_peak) counters_.open_peak = counters_.open_now;
  ++counters_.accepted;
  stream.accepted = true;
  stream.fd_exists = true;
  stream.state = StreamState::open;
  arm_receive(stream);
  handler_.on_open(stream, at);
}

// ---- receiving ----

void Streams::arm_receive(Stream& stream) {
  io_uring_sqe* sqe = ring_.sqe();
  io_uring_prep_recv_multishot(sqe, static_cast<int>(stream.slot), nullptr, 0, 0);
  sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
  sqe->buf_group = options_.buffer_group;
  sqe->user_data = pack(Op::receive, stream.slot, stream.generation);
  stream.receive_armed = true;
  ++stream.kernel_owes;
}

void Streams::on_received(Stream& stream, const io_uring_cqe& cqe, Nanos at) {
  const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  if (!more) {
    stream.receive_armed = false;
    --stream.kernel_owes;
  }
  const bool live = stream.state == StreamState::open && !stream.ended;
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    const auto id = static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    const std::span<char> bytes = buffers_->at(id, cqe.res > 0 ? static_cast<unsigned>(cqe.res) : 0);
    if (live && cqe.res > 0) handler_.on_receive(stream, bytes, at);
    buffers_->recycle(id);
  }
  if (stream.state == StreamState::closing) return finish_close_if_returned(stream);
  if (!live) return;
  if (cqe.res == 0) {
    stream.ended = true;
    handler_.on_end(stream, 0, at);
  } else if (cqe.res == -ENOBUFS) {
    ++counters_.buffers_exhausted;
    starved_.push_back(stream.slot);
  } else if (cqe.res < 0 && cqe.res != -ECANCELED) {
    stream.ended = true;
    handler_.on_end(stream, -cqe.res, at);
  } else if (!more) {
    // Ended without a reason of the peer's (the kernel may, also after a completion-queue overflow): start again.
    ++counters_.receives_rearmed;
    arm_receive(stream);
  }
}

// ---- sending ----

void Streams::send(Stream& stream, std::span<const char> bytes) {
  RINGLOAD_ASSERT(stream.state == StreamState::open && !stream.send_in_flight && !bytes.empty());
  io_uring_sqe* sqe = ring_.sqe();
  io_uring_prep_send(sqe, static_cast<int>(stream.slot), bytes.data(), bytes.size(), MSG_WAITALL | MSG_NOSIGNAL);
  sqe->flags |= IOSQE_FIXED_FILE;
  sqe->user_data = pack(Op::send, stream.slot, stream.generation);
  stream.send_in_flight = true;
  stream.send_bytes = static_cast<uint32_t>(bytes.size());
  ++stream.kernel_owes;
}

void Streams::send(Stream& stream, std::span<const iovec> pieces) {
  RINGLOAD_ASSERT(stream.state == StreamState::open && !stream.send_in_flight && !pieces.empty());
  size_t bytes = 0;
  for (const iovec& piece : pieces) bytes += piece.iov_len;
  stream.message = {};
  stream.message.msg_iov = const_cast<iovec*>(pieces.data());
  stream.message.msg_iovlen = pieces.size();
  io_uring_sqe* sqe = ring_.sqe();
  io_uring_prep_sendmsg(sqe, static_cast<int>(stream.slot), &stream.message, MSG_WAITALL | MSG_NOSIGNAL);
  sqe->flags |= IOSQE_FIXED_FILE;
  sqe->user_data = pack(Op::send, stream.slot, stream.generation);
  stream.send_in_flight = true;
  stream.send_bytes = static_cast<uint32_t>(bytes);
  ++stream.kernel_owes;
}

void Streams::cancel_send(Stream& stream) {
  if (!stream.send_in_flight) return;
  io_uring_sqe* sqe = ring_.sqe();
  io_uring_prep_cancel64(sqe, pack(Op::send, stream.slot, stream.generation), 0);
  sqe->user_data = pack(Op::abandon, stream.slot, stream.generation);
  ++stream.kernel_owes;
}

// ---- closing ----

void Streams::close(Stream& stream) {
  RINGLOAD_ASSERT(stream.state == StreamState::opening || stream.state == StreamState::open);
  const bool was_waiting = stream.state == StreamState::opening && !stream.chain_started && stream.error == 0;
  stream.state = StreamState::closing;
  if (was_waiting) {
    stream.never_started = true;  // still in the queue of connects: freed when its turn comes
    return;
  }
  const bool in_flight = stream.receive_armed || stream.send_in_flight || stream.chain_started;
  if (stream.fd_exists || stream.chain_started) {
    ring_.reserve(2);
    if (in_flight) {
      // A close with an armed receive would send no FIN: cancel first. Hard-linked, because finding nothing to cancel
      // is no reason not to close.
      io_uring_sqe* sqe = ring_.sqe();
      io_uring_prep_cancel_fd(sqe, static_cast<int>(stream.slot),
                              IORING_ASYNC_CANCEL_FD_FIXED | IORING_ASYNC_CANCEL_ALL);
      sqe->flags |= IOSQE_IO_HARDLINK;
      sqe->user_data = pack(Op::cancel, stream.slot, stream.generation);
      ++stream.kernel_owes;
    }
    io_uring_sqe* sqe = ring_.sqe();
    io_uring_prep_close_direct(sqe, stream.slot);
    sqe->user_data = pack(Op::close, stream.slot, stream.generation);
    ++stream.kernel_owes;
  } else {
    // Nothing to wait for, but on_closed must not come from within close().
    io_uring_sqe* sqe = ring_.sqe();
    io_uring_prep_nop(sqe);
    sqe->user_data = pack(Op::close, stream.slot, stream.generation);
    ++stream.kernel_owes;
  }
}

void Streams::reset(Stream& stream) {
  if (stream.state == StreamState::open) {
    ring_.reserve(3);
    io_uring_sqe* sqe = ring_.sqe();
    io_uring_prep_connect(sqe, static_cast<int>(stream.slot), &kNowhere, sizeof kNowhere);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = pack(Op::abandon, stream.slot, stream.generation);
    ++stream.kernel_owes;
  }
  close(stream);
}

void Streams::finish_close_if_returned(Stream& stream) {
  if (stream.state != StreamState::closing || stream.kernel_owes != 0) return;
  const bool accepted_next = stream.accepted_next;
  const bool was_accepted = stream.accepted;
  free_slot(stream);
  if (was_accepted) free_.pop_back();  // the kernel's to give out, not ours
  accept_blocked_ = false;
  if (accepted_next) open_accepted(stream, ring_.reaped_at());
}

// ---- completions ----

bool Streams::dispatch(const io_uring_cqe& cqe, Nanos at) {
  const io::UserData what = io::unpack(cqe.user_data);
  switch (what.op) {
    case Op::accept:
      ++counters_.completions;
      on_accepted(cqe, at);
      return true;
    case Op::socket:
    case Op::option:
    case Op::bind:
    case Op::connect:
    case Op::receive:
    case Op::send:
    case Op::cancel:
    case Op::close:
    case Op::abandon: break;
    default: return false;
  }
  ++counters_.completions;
  Stream* stream = what.slot < streams_.size() ? &streams_[what.slot] : nullptr;
  if (stream == nullptr || stream->generation != what.generation || stream->state == StreamState::free) {
    ++counters_.stale_completions;
    if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
      const auto id = static_cast<uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
      buffers_->at(id, 0);
      buffers_->recycle(id);
    }
    return true;
  }
  switch (what.op) {
    case Op::receive: on_received(*stream, cqe, at); return true;
    case Op::send: {
      --stream->kernel_owes;
      stream->send_in_flight = false;
      int error = 0;
      if (cqe.res < 0) {
        error = -cqe.res;
      } else if (static_cast<uint32_t>(cqe.res) < stream->send_bytes) {
        error = EPIPE;  // MSG_WAITALL sends all unless the connection broke
      }
      handler_.on_sent(*stream, error, at);
      finish_close_if_returned(*stream);
      return true;
    }
    case Op::socket:
    case Op::option:
    case Op::bind:
    case Op::connect:
      --stream->kernel_owes;
      on_opening(*stream, what.op, cqe.res, at);
      return true;
    default:
      --stream->kernel_owes;
      finish_close_if_returned(*stream);
      return true;
  }
}

void Streams::after_batch() {
  buffers_->publish();
  arm_accepts();
  // Buffers are back: whoever went without may receive again. (All are: a handler keeps none.)
  for (const uint32_t slot : starved_) {
    Stream& stream = streams_[slot];
    if (stream.state == StreamState::open && !stream.receive_armed && !stream.ended) {
      ++counters_.receives_rearmed;
      arm_receive(stream);
    }
  }
  starved_.clear();
  while (waiting_count_ > 0 && may_connect()) {
    Stream& stream = streams_[waiting_connect_[waiting_head_]];
    waiting_head_ = (waiting_head_ + 1) % static_cast<uint32_t>(waiting_connect_.size());
    --waiting_count_;
    if (stream.never_started) {
      stream.never_started = false;
      finish_close_if_returned(stream);
    } else {
      begin_chain(stream);
      handler_.on_connecting(stream, ring_.reaped_at());
    }
  }
}

}  // namespace ringload::net
