// The half of the client that encrypts: ciphertext in and out. What arrives decrypted goes the way of all other bytes.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "net/client.h"
#include "net/connection.h"

namespace ringload::net {
namespace {

using tls::Filter;

// Plaintext of a request that is encrypted and sent at a time: with its records' frames it fits into a block of 64 KiB,
// so that large requests do not need large blocks too.
constexpr size_t kSealBytes = 60 * 1024;
// Less than this is not tried when memory is short.
constexpr size_t kSealLeast = 2048;
// Smaller pieces are put together before they are encrypted, since each record costs.
constexpr size_t kGatherBelow = 4096;

size_t request_bytes(const Request& request) {
  size_t bytes = request.bytes.size();
  for (const iovec& piece : request.pieces) bytes += piece.iov_len;
  return bytes;
}

}  // namespace

void Client::receive_secure(Connection& connection, std::span<char> bytes, Nanos at) {
  const std::span<char> plaintext(plaintext_.data(), plaintext_.size() - io::BufferRing::kSlack);
  Filter& filter = connection.filter;
  filter.feed(bytes);
  while (true) {
    const size_t size = filter.read(plaintext);
    const bool ready = filter.state() == Filter::State::open || filter.state() == Filter::State::ended;
    if (ready && connection.state == ConnectionState::handshaking) finish_handshake(connection, at);
    if (size == 0) break;
    take(connection, plaintext.first(size), at);
    if (!filter.active()) return;  // closed from within
  }
  switch (filter.state()) {
    case Filter::State::handshaking: flush_secure(connection); return;
    case Filter::State::unconfirmed: await_confirmation(connection, at); return;
    case Filter::State::ended: end_of_input(connection, 0, at); return;
    case Filter::State::failed: secure_failed(connection, at); return;
    default: return;
  }
}

void Client::secure_failed(Connection& connection, Nanos at) {
  const ErrorClass error = connection.filter.out_of_memory() ? ErrorClass::gen_overload : ErrorClass::tls;
  const std::string_view reason = connection.filter.failure();
  switch (connection.state) {
    case ConnectionState::handshaking: connect_failed(connection, error, reason, at); return;
    case ConnectionState::busy: lose(connection, error, reason, at); return;
    case ConnectionState::idle:
      ++counters_.idle_closed;
      close(connection);
      return;
    case ConnectionState::lingering: close(connection); return;
    default: return;
  }
}

// ---- sending ----

void Client::send_secure(Connection& connection, Nanos now) {
  connection.sealed = 0;
  if (seal_part(connection)) {
    flush_secure(connection);
    return;
  }
  // Told in a moment, from the timer: whoever hands over requests must not be called back from here.
  --connection.sending->sends_in_flight;
  connection.sending = nullptr;
  connection.unsendable = true;
  timers_.set(connection.timer, now);
}

// Encrypts the next part of the request being sent.
bool Client::seal_part(Connection& connection) {
  const Request& request = *connection.sending;
  Filter& filter = connection.filter;
  size_t left = std::min<size_t>(request_bytes(request) - connection.sealed, kSealBytes);
  while (!filter.reserve(left)) {
    if (left < kSealLeast) return false;
    left /= 4;  // the next smaller class of blocks may have some
  }
  const uint64_t begin = connection.sealed;
  connection.sealed += left;
  if (request.pieces.empty()) return filter.write(request.bytes.subspan(begin, left));

  size_t gathered = 0;
  const auto write_gathered = [&] {
    const bool written = gathered == 0 || filter.write({plaintext_.data(), gathered});
    gathered = 0;
    return written;
  };
  uint64_t skip = begin;
  for (const iovec& piece : request.pieces) {
    if (left == 0) break;
    if (skip >= piece.iov_len) {
      skip -= piece.iov_len;
      continue;
    }
    const std::span<const char> bytes(static_cast<const char*>(piece.iov_base) + skip,
                                      std::min<size_t>(piece.iov_len - skip, left));
    skip = 0;
    left -= bytes.size();
    if (bytes.size() < kGatherBelow) {
      if (gathered + bytes.size() > plaintext_.size() && !write_gathered()) return false;
      std::memcpy(plaintext_.data() + gathered, bytes.data(), bytes.size());
      gathered += bytes.size();
    } else if (!write_gathered() || !filter.write(bytes)) {
      return false;
    }
  }
  return write_gathered();
}

// Sends what the filter has to say, unless something is on its way already: then on_sent comes back here. Whether
// something is now on its way.
bool Client::flush_secure(Connection& connection) {
  if (connection.stream->send_in_flight) return true;
  if (!connection.filter.has_output()) return false;
  uint32_t size = 0;
  connection.ciphertext = connection.filter.take_output(size);
  streams_->send(*connection.stream, {connection.ciphertext.data, size});
  return true;
}

// A block of ciphertext was sent. False when that was the end of the request being sent, or its send broke.
bool Client::sent_secure(Connection& connection, int error, Nanos at) {
  blocks_.give(connection.ciphertext);
  Request* request = connection.sending;
  const bool alive = connection.filter.active() && error == 0;
  if (alive && request != nullptr && connection.sealed < request_bytes(*request)) {
    // An early answer has ended the request: its rest would be the next one's beginning.
    const bool wanted = connection.request == request;
    if (!wanted || !seal_part(connection)) {
      connection.sending = nullptr;
      --request->sends_in_flight;
      if (wanted) {
        lose(connection, ErrorClass::gen_overload, "no memory for the request", at);
      } else {
        close(connection);
        release_if_free(*request, at);
      }
      return true;
    }
  }
  if (alive && flush_secure(connection)) return true;
  if (request != nullptr) return false;
  // Words of the handshake, or a farewell. The receive tells what became of the connection, but for our own failures.
  if (connection.state == ConnectionState::handshaking && (error == ENOMEM || error == ENOBUFS))
    connect_failed(connection, ErrorClass::gen_overload, ::strerrordesc_np(error), at);
  return true;
}

// The alert that says why, or close_notify, when it can go at once; then nothing is left of it.
void Client::leave_secure(Connection& connection) {
  if (connection.stream->state == StreamState::open && !connection.stream->ended &&
      !connection.stream->send_in_flight) {
    connection.filter.say_goodbye();
    flush_secure(connection);
  }
  connection.filter.close();
}

}  // namespace ringload::net
