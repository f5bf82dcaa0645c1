// How the client's handshakes come about. One costs as much CPU as dozens of requests, so that many at once would delay
// every other connection's completions and make them look late. A batch of completions therefore does a few of them; the
// others wait their turn, with what has arrived for them.
//
// What a postponed step finds out is stamped with the reap that brought its bytes: that it came later is our own doing,
// and lag.
#include <algorithm>
#include <cstring>

#include "net/client.h"
#include "net/connection.h"
#include "tls/context.h"
#include "tls/peer.h"

namespace ringload::net {
namespace {

using tls::Filter;

// A server that asked for a certificate has this long to object to ours, or twice the handshake if that is longer: its
// word takes the same way there and back, and checking a chain about what its own signature took.
constexpr Nanos kObjectWithin = 200 * kMillisecond;

}  // namespace

// TCP is there.
void Client::begin_handshake(Connection& connection, Nanos at) {
  connection.state = ConnectionState::handshaking;
  connection.connected = at;
  connection.unconfirmed = false;
  if (!postpone(connection, {}, at)) say_hello(connection, at);
}

void Client::say_hello(Connection& connection, Nanos at) {
  connection.filter.open(*options_.tls, blocks_, targets_[connection.target].peer.get());
  if (connection.filter.state() == Filter::State::failed) return secure_failed(connection, at);
  flush_secure(connection);
}

// Our last words of it are not sent yet: they go with the request.
void Client::finish_handshake(Connection& connection, Nanos at) {
  timers_.cancel(connection.timer);
  ++counters_.handshakes;
  if (connection.filter.resumed()) ++counters_.resumed;
  Request& request = *connection.request;
  request.tls_time = at - connection.connected;
  request.connect_wait += at - connection.opened;
  make_ready(connection, request);
}

// Whether this step has to wait; what arrived for it is then kept. Without memory to keep it nothing waits.
bool Client::postpone(Connection& connection, std::span<const char> bytes, Nanos at) {
  if (!connection.linked() && !postpones() && handshake_steps_left_ > 0) {
    --handshake_steps_left_;
    return false;
  }
  const size_t size = connection.tail_size + bytes.size();
  if (connection.tail.empty() && !bytes.empty()) connection.tail = blocks_.take(size);
  if (size > connection.tail.size &&
      (connection.tail.empty() || !blocks_.grow(connection.tail, connection.tail_size, size))) {
    do_postponed(connection);
    return false;
  }
  if (!bytes.empty()) std::memcpy(connection.tail.data + connection.tail_size, bytes.data(), bytes.size());
  connection.tail_size = static_cast<uint32_t>(size);
  connection.arrived = at;
  if (!connection.linked()) (connection.filter.active() ? postponed_ : unbegun_).push_back(&connection);
  return true;
}

// What waited for its turn. The connection may be closed afterwards.
void Client::do_postponed(Connection& connection) {
  if (!connection.linked()) return;
  connection.unlink();
  Block kept = connection.tail;
  const std::span<char> bytes(kept.data, connection.tail_size);
  connection.tail = {};
  connection.tail_size = 0;
  if (!connection.filter.active()) say_hello(connection, connection.arrived);
  if (!bytes.empty() && connection.filter.active()) receive_secure(connection, bytes, connection.arrived);
  blocks_.give(kept);
}

void Client::do_postponed_handshakes() {
  for (; handshake_steps_left_ > 0 && postpones(); --handshake_steps_left_)
    do_postponed(*(postponed_.empty() ? unbegun_ : postponed_).front());
  handshake_steps_left_ = kHandshakeSteps;
}

void Client::receive_handshake(Connection& connection, std::span<char> bytes, Nanos at) {
  if (!postpone(connection, bytes, at) && connection.filter.active()) receive_secure(connection, bytes, at);
}

// Our certificate, or that there is none, must be with the server before it can say what it thinks of it.
void Client::await_confirmation(Connection& connection, Nanos at) {
  flush_secure(connection);
  if (connection.unconfirmed) return;
  connection.unconfirmed = true;
  const Nanos patience = std::max(kObjectWithin, 2 * (at - connection.connected));
  timers_.cancel(connection.timer);
  timers_.set(connection.timer, std::min(at + patience, connection.opened + options_.connect_timeout));
}

// The time to object is over.
void Client::confirmed_by_silence(Connection& connection, Nanos at) {
  connection.filter.take_silence_for_consent();
  finish_handshake(connection, at);
}

}  // namespace ringload::net
