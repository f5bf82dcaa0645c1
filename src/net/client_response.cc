// The client's half that reads responses: heads, framing, and what becomes of a connection when one has ended.
#include <algorithm>
#include <cstring>

#include "net/client.h"
#include "net/connection.h"

namespace ringload::net {
namespace {

// How long a connection may take to end its framing after the handler had enough, before it is given up.
constexpr Nanos kLinger = 1 * kSecond;

}  // namespace


void Client::feed(Connection& connection, std::span<char> bytes, Nanos at) {
  std::span<char> work = bytes;
  Block held = connection.tail;
  const uint32_t held_size = connection.tail_size;
  connection.tail = {};
  connection.tail_size = 0;
  if (held_size > 0) {
    const size_t size = held_size + bytes.size();
    if (held.size < size && !blocks_.grow(held, held_size, size)) {
      blocks_.give(held);
      return lose(connection, ErrorClass::gen_overload, "no memory for a response's head", at);
    }
    std::memcpy(held.data + held_size, bytes.data(), bytes.size());
    work = {held.data, size};
  }

  Request* request = connection.request;
  const Fed fed = parse(connection, work, at);
  // The handler may have closed the connection from within (a cancelled request).
  const bool still_ours =
      connection.state == ConnectionState::busy || connection.state == ConnectionState::lingering;
  if (still_ours && fed == Fed::more && connection.phase == Phase::head && !work.empty()) {
    // An unfinished head. It stays where it is, or moves into a block.
    if (!held.empty() && work.data() == held.data) {
      connection.tail = held;
      held = {};
    } else {
      Block tail = blocks_.take(work.size());
      if (tail.empty()) {
        blocks_.give(held);
        return lose(connection, ErrorClass::gen_overload, "no memory for a response's head", at);
      }
      std::memcpy(tail.data, work.data(), work.size());
      connection.tail = tail;
    }
    connection.tail_size = static_cast<uint32_t>(work.size());
  }
  blocks_.give(held);
  if (!still_ours || fed == Fed::lost) return;

  const bool had_enough = connection.request == nullptr && request != nullptr;
  if (fed == Fed::refused) {
    connection.request = nullptr;
    close(connection);
    if (request != nullptr) end_request(*request, ErrorClass::ok, {}, at);
  } else if (fed == Fed::finished) {
    connection.request = nullptr;
    become_idle_or_close(connection, !work.empty());
    if (request != nullptr) end_request(*request, ErrorClass::ok, {}, at);
  } else if (had_enough) {
    if (connection.phase == Phase::until_close || !connection.keep_alive) {
      close(connection);
    } else {
      connection.state = ConnectionState::lingering;
      timers_.set(connection.timer, at + kLinger);
    }
    end_request(*request, ErrorClass::ok, {}, at);
  }
}

// Takes what `work` holds of the response; leaves in it what was not taken. When the handler has had enough,
// connection.request becomes null and the rest is only framed.
Client::Fed Client::parse(Connection& connection, std::span<char>& work, Nanos at) {
  const auto body = [&](std::span<char> piece) {
    if (connection.request == nullptr) return true;
    switch (handler_.on_body(*connection.request, piece, at)) {
      case Take::more: return true;
      case Take::enough: connection.request = nullptr; return true;
      case Take::refuse: return false;
    }
    return true;
  };
  while (!work.empty()) {
    switch (connection.phase) {
      case Phase::head: {
        if (connection.head_began < 0) connection.head_began = at;
        codec::ResponseHead head;
        const auto status = connection.head.parse(work, head_fields_, head);
        if (status == codec::HeadParser::Status::more) return Fed::more;
        if (status == codec::HeadParser::Status::refused) {
          ++counters_.refused_responses;
          lose(connection, ErrorClass::http_protocol, codec::describe(connection.head.refusal()), at);
          return Fed::lost;
        }
        if (head.interim()) {
          work = work.subspan(head.bytes);
          if (!connection.head.skip_interim()) {
            ++counters_.refused_responses;
            lose(connection, ErrorClass::http_protocol, codec::describe(connection.head.refusal()), at);
            return Fed::lost;
          }
          connection.head_began = -1;
          continue;
        }
        Request& request = *connection.request;
        request.first_byte = connection.head_began;
        connection.keep_alive = head.keep_alive && options_.keep_alive;
        const Take take = handler_.on_head(request, head, at);
        work = work.subspan(head.bytes);
        if (take == Take::refuse) return Fed::refused;
        if (take == Take::enough) connection.request = nullptr;
        switch (head.framing) {
          case codec::Framing::none: return Fed::finished;
          case codec::Framing::length:
            if (head.content_length == 0) return Fed::finished;
            connection.left = head.content_length;
            connection.phase = Phase::length;
            break;
          case codec::Framing::chunked:
            connection.chunked.reset();
            connection.phase = Phase::chunked;
            break;
          case codec::Framing::until_close: connection.phase = Phase::until_close; break;
        }
        break;
      }
      case Phase::length: {
        const auto size = static_cast<size_t>(std::min<uint64_t>(connection.left, work.size()));
        const std::span<char> piece = work.first(size);
        work = work.subspan(size);
        connection.left -= size;
        if (!body(piece)) return Fed::refused;
        if (connection.left == 0) return Fed::finished;
        break;
      }
      case Phase::chunked: {
        const codec::ChunkedDecoder::Step step = connection.chunked.next(work);
        work = work.subspan(step.consumed);
        switch (step.status) {
          case codec::ChunkedDecoder::Status::data:
            if (!body(step.data)) return Fed::refused;
            break;
          case codec::ChunkedDecoder::Status::more: return Fed::more;
          case codec::ChunkedDecoder::Status::done: return Fed::finished;
          case codec::ChunkedDecoder::Status::refused:
            // Once the handler had enough, a framing fault only costs the connection.
            if (connection.request == nullptr) return Fed::refused;
            ++counters_.refused_responses;
            lose(connection, ErrorClass::http_protocol, codec::describe(connection.chunked.refusal()), at);
            return Fed::lost;
        }
        break;
      }
      case Phase::until_close: {
        const std::span<char> piece = work;
        work = {};
        if (!body(piece)) return Fed::refused;
        break;
      }
    }
    if (connection.state == ConnectionState::closing) return Fed::lost;
  }
  return Fed::more;
}

void Client::become_idle_or_close(Connection& connection, bool extra_bytes) {
  connection.served = true;
  timers_.cancel(connection.timer);
  if (extra_bytes) ++counters_.extra_bytes;
  // An answer before the whole request was sent: what remains to be sent would be the next request's beginning.
  const bool reusable = connection.keep_alive && !extra_bytes && connection.sending == nullptr &&
                        connection.send_error == 0 && !connection.stream->ended;
  if (!reusable) return close(connection);
  connection.state = ConnectionState::idle;
  connection.phase = Phase::head;
  targets_[connection.target].idle.push_front(&connection);
}

}  // namespace ringload::net
