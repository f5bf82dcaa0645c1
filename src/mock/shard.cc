#include "mock/shard.h"

#include <algorithm>
#include <bit>

namespace ringload::mock {
namespace {

// While frozen nothing is reaped: more completions than any ring holds.
constexpr unsigned kAllCompletions = 1u << 20;

io::RingOptions ring_options(const MockShardOptions& options) {
  io::RingOptions ring;
  ring.files = options.connections;
  ring.completions = std::clamp(std::bit_ceil(options.connections * 2), 16384u, 65536u);
  ring.masked_features = options.masked_features;
  return ring;
}

// Small blocks for single events and unfinished heads, large ones for bodies. Only address space until touched.
std::array<uint32_t, BlockPool::kClasses> block_counts(const MockShardOptions& options) {
  const uint32_t connections = options.connections;
  return {connections + 64,
          2 * connections + 64,
          connections + 64,
          std::min(connections, 4096u) + 16,
          std::min(connections, 2048u) + 16,
          256,
          64,
          16,
          8};
}

// Decrypted bytes that are read at a time: two TLS records.
constexpr size_t kPlaintextBytes = 32768;
// Whole streams in flight at a time; more are sent in smaller parts.
constexpr uint32_t kStreamBlocks = 2048;

}  // namespace

std::expected<std::unique_ptr<MockShard>, std::string> MockShard::create(const io::Kernel& kernel, MockShared& shared,
                                                                         const MockShardOptions& options) {
  auto ring = io::Ring::open(kernel, ring_options(options));
  if (!ring) return std::unexpected(std::move(ring.error()));
  return std::unique_ptr<MockShard>(new MockShard(shared, options, std::move(*ring)));
}

MockShard::MockShard(MockShared& shared, const MockShardOptions& options, std::unique_ptr<io::Ring> ring)
    : shared_(shared),
      plan_(shared.plan),
      counters_(shared.counters[options.index]),
      options_(options),
      id_salt_(uint64_t{options.index} << 48 ^ static_cast<uint64_t>(options.unix_ns) << 8),
      ring_(std::move(ring)),
      wheel_(ring_->now()),
      clock_(ring_->now(), options.unix_ns),
      pool_(block_counts(options)),
      stream_blocks_(std::min(kStreamBlocks, options.connections)),
      connections_(options.connections),
      plaintext_(plan_.tls != nullptr ? kPlaintextBytes + BlockPool::kSlack : 0) {
  for (uint32_t slot = 0; slot < options.connections; ++slot) {
    connections_[slot].slot = slot;
    connections_[slot].turn.owner = &connections_[slot];
  }
}

MockShard::~MockShard() = default;

std::expected<void, std::string> MockShard::start(int listen_fd, int wake_fd) {
  if (auto enabled = ring_->enable(); !enabled) return enabled;
  net::StreamOptions stream_options;
  stream_options.streams = options_.connections;
  stream_options.receive_buffers = options_.receive_buffers;
  stream_options.receive_buffer_size = options_.receive_buffer_size;
  auto streams = net::Streams::create(*ring_, *this, stream_options);
  if (!streams) return std::unexpected(std::move(streams.error()));
  streams_ = std::move(*streams);
  streams_->listen(listen_fd);
  wake_fd_ = wake_fd;
  if (wake_fd_ >= 0) arm_wake();
  return {};
}

void MockShard::arm_wake() {
  io_uring_sqe* sqe = ring_->sqe();
  io_uring_prep_read(sqe, wake_fd_, &wake_value_, sizeof wake_value_, 0);
  sqe->user_data = io::pack(io::Op::wake, 0, 0);
}

bool MockShard::frozen(Nanos now) const { return plan_.freeze && plan_.freeze->contains(now - shared_.started); }

void MockShard::step(Nanos until) {
  Nanos now = ring_->now();
  if (frozen(now)) {
    // As a process that is stopped: what arrives waits in the kernel.
    ring_->submit_and_wait(kAllCompletions,
                           std::min(until, shared_.started + plan_.freeze->begin + plan_.freeze->length));
    return;
  }
  clock_.update(now);
  wheel_.expire(now, [&](io::Timer& timer) { pump(static_cast<ClientConnection&>(timer), now); });
  Nanos deadline = std::min(until, next_due());
  if (plan_.freeze) {
    // Wake at its begin, so that nothing completes inside it unnoticed.
    const Nanos begin = shared_.started + plan_.freeze->begin;
    if (begin > now) deadline = std::min(deadline, begin);
  }
  ring_->submit_and_wait(1, deadline);
  unsubmitted_ = 0;
  now = ring_->reaped_at();
  if (frozen(now)) return;
  clock_.update(now);
  ring_->for_each([&](const io_uring_cqe& cqe) {
    if (streams_->dispatch(cqe, now)) return;
    if (io::unpack(cqe.user_data).op == io::Op::wake) arm_wake();
  });
  do_postponed_handshakes(now);
  streams_->after_batch();
}

void MockShard::on_open(net::Stream& stream, Nanos) {
  ClientConnection& connection = connections_[stream.slot];
  connection.closing = connection.close_when_sent = connection.reset_when_sent = connection.go_on_in_flight = false;
  counters_.connections_accepted.add();
  counters_.connections_open.add();
  connection.carries_answer = false;
  if (plan_.tls != nullptr) connection.filter.open(*plan_.tls, pool_, nullptr);
}

void MockShard::on_receive(net::Stream& stream, std::span<char> bytes, Nanos at) {
  ClientConnection& connection = connections_[stream.slot];
  if (plan_.tls == nullptr) return consume(connection, bytes, at);
  if (!postpone_handshake(connection, bytes, at)) receive_secure(connection, bytes, at);
}

void MockShard::on_sent(net::Stream& stream, int error, Nanos at) {
  ClientConnection& connection = connections_[stream.slot];
  if (!connection.ciphertext.empty() && sent_secure(connection, error, at)) return;
  if (connection.closing) return;  // the memory goes with the connection
  if (connection.go_on_in_flight) {
    connection.go_on_in_flight = false;
  } else {
    give_back_output(connection);
  }
  if (error != 0) return close(connection);
  if (connection.reset_when_sent) {
    leave_answer(connection);
    return close(connection, Ending::reset);
  }
  if (connection.answer.kind == Answer::Kind::none) {
    if (connection.close_when_sent) close(connection);
  } else if (connection.answer.complete) {
    end_answer(connection, at);
  } else {
    pump(connection, at);
  }
}

// The client has closed, or only its sending side. Who has its whole answer on the way still gets it; any other answer
// is given up, as servers do.
void MockShard::on_end(net::Stream& stream, int error, Nanos) {
  ClientConnection& connection = connections_[stream.slot];
  if (connection.closing) return;
  if (error == 0 && stream.send_in_flight && connection.answer.complete) {
    connection.close_when_sent = true;
    return;
  }
  close(connection);
}

void MockShard::on_closed(net::Stream& stream) {
  ClientConnection& connection = connections_[stream.slot];
  give_back_output(connection);
  connection.reader.release(pool_);
  connection.reader = {};
  pool_.give(connection.held);
  connection.held_size = 0;
  counters_.connections_open.subtract(1);
}

void MockShard::close(ClientConnection& connection, Ending ending) {
  RINGLOAD_ASSERT(!connection.closing);
  connection.closing = true;
  wheel_.cancel(connection);
  connection.turn.unlink();
  if (connection.answer.kind != Answer::Kind::none) {
    counters_.aborted.add();
    leave_answer(connection);
  }
  if (connection.filter.active()) leave_secure(connection, ending);
  net::Stream& stream = stream_of(connection);
  ending == Ending::reset ? streams_->reset(stream) : streams_->close(stream);
}

void MockShard::give_back_output(ClientConnection& connection) {
  pool_.give(connection.out);
  if (connection.stream_block != nullptr) stream_blocks_.give(connection.stream_block);
  connection.stream_block = nullptr;
}

}  // namespace ringload::mock
