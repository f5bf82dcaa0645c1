// The half of a shard that encrypts, when it serves https: requests arrive decrypted, answers leave in parts.
#include <algorithm>
#include <cstring>

#include "mock/shard.h"
#include "tls/context.h"

namespace ringload::mock {
namespace {

using tls::Filter;

// Of an answer, encrypted and sent at a time: fits into a block of 64 KiB with its records' frames.
constexpr size_t kSealBytes = 60 * 1024;

}  // namespace

// A thousand handshakes at once must not make events late that others wait for: each takes its turn. Whether this one has
// to wait; without memory to keep what came for it, it does not.
bool MockShard::postpone_handshake(ClientConnection& connection, std::span<const char> bytes, Nanos at) {
  if (connection.closing || connection.filter.state() != Filter::State::handshaking) return false;
  if (!connection.turn.linked() && turns_.empty() && handshake_steps_left_ > 0) {
    --handshake_steps_left_;
    return false;
  }
  const size_t size = connection.held_size + bytes.size();
  if (connection.held.empty()) connection.held = pool_.take(size);
  if (size > connection.held.size &&
      (connection.held.empty() || !pool_.grow(connection.held, connection.held_size, size))) {
    if (connection.turn.linked()) do_postponed(connection, at);
    return !connection.filter.active();
  }
  std::memcpy(connection.held.data + connection.held_size, bytes.data(), bytes.size());
  connection.held_size = static_cast<uint32_t>(size);
  if (!connection.turn.linked()) turns_.push_back(&connection.turn);
  return true;
}

void MockShard::do_postponed(ClientConnection& connection, Nanos at) {
  connection.turn.unlink();
  Block kept = connection.held;
  const std::span<char> bytes(kept.data, connection.held_size);
  connection.held = {};
  connection.held_size = 0;
  receive_secure(connection, bytes, at);
  pool_.give(kept);
}

void MockShard::do_postponed_handshakes(Nanos at) {
  for (; handshake_steps_left_ > 0 && !turns_.empty(); --handshake_steps_left_)
    do_postponed(*turns_.front()->owner, at);
  handshake_steps_left_ = kHandshakeSteps;
}

void MockShard::receive_secure(ClientConnection& connection, std::span<char> bytes, Nanos at) {
  const std::span<char> plaintext(plaintext_.data(), plaintext_.size() - BlockPool::kSlack);
  Filter& filter = connection.filter;
  filter.feed(bytes);
  while (const size_t size = filter.read(plaintext)) {
    consume(connection, plaintext.first(size), at);
    if (connection.closing) return;
  }
  if (filter.state() == Filter::State::failed) return close(connection);  // with an alert
  flush_secure(connection);
  if (filter.state() == Filter::State::ended) on_end(stream_of(connection), 0, at);
}

void MockShard::send_secure(ClientConnection& connection, std::span<const char> bytes) {
  connection.unsealed = bytes;
  if (!seal_part(connection)) return close(connection);
  flush_secure(connection);
}

// Encrypts the next part of what is being sent.
bool MockShard::seal_part(ClientConnection& connection) {
  const auto part = connection.unsealed.first(std::min(connection.unsealed.size(), kSealBytes));
  connection.unsealed = connection.unsealed.subspan(part.size());
  connection.carries_answer = true;
  return connection.filter.reserve(part.size()) && connection.filter.write(part);
}

// Sends what the filter has to say, unless something is on its way: then on_sent comes back here. Whether something is
// now on its way.
bool MockShard::flush_secure(ClientConnection& connection) {
  net::Stream& stream = stream_of(connection);
  if (stream.send_in_flight) return true;
  if (!connection.filter.has_output()) return false;
  uint32_t size = 0;
  connection.ciphertext = connection.filter.take_output(size);
  streams_->send(stream, {connection.ciphertext.data, size});
  return true;
}

// A block was sent. False when what was to be sent of an answer is sent, or cannot be.
bool MockShard::sent_secure(ClientConnection& connection, int error, Nanos at) {
  pool_.give(connection.ciphertext);
  if (connection.closing) return true;
  if (error == 0) {
    if (!connection.unsealed.empty() && !seal_part(connection)) {
      close(connection);
      return true;
    }
    if (flush_secure(connection)) return true;
  }
  if (connection.carries_answer) {
    connection.carries_answer = false;
    return false;
  }
  // Words of the handshake; an answer may have waited for them.
  if (error != 0) {
    close(connection);
  } else {
    pump(connection, at);
  }
  return true;
}

void MockShard::leave_secure(ClientConnection& connection, Ending ending) {
  if (ending == Ending::close && !stream_of(connection).send_in_flight) {
    connection.filter.say_goodbye();
    flush_secure(connection);
  }
  connection.filter.close();
  connection.unsealed = {};
}

}  // namespace ringload::mock
