#include "net/client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/assert.h"
#include "net/connect_error.h"
#include "net/connection.h"
#include "tls/peer.h"

namespace ringload::net {
namespace {

// Decrypted bytes that are read at a time: two TLS records.
constexpr size_t kPlaintextBytes = 32768;

ErrorClass classify_lost(int error, int send_error) {
  if (error == 0) return send_error == ECONNRESET || send_error == EPIPE ? ErrorClass::conn_reset : ErrorClass::eof;
  switch (error) {
    case ETIMEDOUT: return ErrorClass::timeout;
    case EHOSTUNREACH:
    case ENETUNREACH: return ErrorClass::conn_unreachable;
    case ENOMEM:
    case ENOBUFS: return ErrorClass::gen_overload;
    default: return ErrorClass::conn_reset;
  }
}

}  // namespace

std::expected<std::unique_ptr<Client>, std::string> Client::create(io::Ring& ring, io::TimerWheel& timers,
                                                                   BlockPool& blocks, ResponseHandler& handler,
                                                                   const ClientOptions& options) {
  std::unique_ptr<Client> client(new Client(ring, timers, blocks, handler, options));
  auto streams = Streams::create(ring, *client, options.streams);
  if (!streams) return std::unexpected(std::move(streams.error()));
  client->streams_ = std::move(*streams);
  return client;
}

Client::Client(io::Ring& ring, io::TimerWheel& timers, BlockPool& blocks, ResponseHandler& handler,
               const ClientOptions& options)
    : ring_(ring), timers_(timers), blocks_(blocks), handler_(handler), options_(options),
      local_ports_(options.local_ports),
      port_use_(options.targets * kMaxAddresses, static_cast<unsigned>(options.local_ports.sources.size())),
      connections_(options.streams.streams), targets_(options.targets) {
  for (Connection& connection : connections_) {
    connection.timer.owner = &connection;
    connection.timer.kind = options.timer_kind;
  }
  for (size_t t = 0; t < options.server_names.size(); ++t) {
    if (options.server_names[t].empty()) continue;
    RINGLOAD_ASSERT(t < targets_.size() && options.tls != nullptr);
    targets_[t].peer = std::make_unique<tls::Peer>(options.server_names[t]);
    plaintext_.resize(kPlaintextBytes + io::BufferRing::kSlack);
  }
}

Client::~Client() = default;

void Client::set_addresses(uint32_t target, std::span<const Address> addresses) {
  Target& t = targets_[target];
  t.address_count = static_cast<unsigned>(std::min<size_t>(addresses.size(), kMaxAddresses));
  std::copy_n(addresses.begin(), t.address_count, t.addresses.begin());
  t.bad.fill(false);
  if (t.next_address >= t.address_count) t.next_address = 0;
}

// ---- requests ----

void Client::start(Request& request, Nanos now) {
  RINGLOAD_ASSERT(request.connection == nullptr && !request.linked());
  request.started = now;
  request.ended = false;
  if (Connection* idle = targets_[request.target].idle.pop_front()) {
    request.reused = idle->served;
    make_ready(*idle, request);
  } else {
    open_connection(request, now);
  }
}

void Client::make_ready(Connection& connection, Request& request) {
  connection.state = ConnectionState::busy;
  connection.request = &request;
  connection.phase = Phase::head;
  connection.received_any = false;
  connection.head_began = -1;
  connection.head.reset();
  request.connection = &connection;
  if (handler_.on_ready(request)) return ready_.push_back(&request);
  // Told in a moment, from the timer: whoever called start() must not be called back from here.
  connection.unsendable = true;
  timers_.set(connection.timer, ring_.reaped_at());
}

bool Client::send_ready(Nanos now) {
  for (unsigned i = 0; i < kSendsPerStamp; ++i) {
    Request* request = ready_.pop_front();
    if (request == nullptr) return false;
    send(*request, now);
  }
  return !ready_.empty();
}

void Client::send(Request& request, Nanos now) {
  request.sent = now;
  if (request.first_sent < 0) request.first_sent = now;
  ++request.sends_in_flight;
  handler_.on_sending(request, now);
  Connection& connection = *request.connection;
  connection.sending = &request;
  if (connection.filter.active()) {
    send_secure(connection, now);
  } else if (request.pieces.empty()) {
    streams_->send(*connection.stream, request.bytes);
  } else {
    streams_->send(*connection.stream, request.pieces);
  }
}

void Client::cancel(Request& request, Nanos now) {
  request.unlink();
  request.ended = true;
  if (request.connection != nullptr) close(*request.connection);
  release_if_free(request, now);
}

void Client::end_request(Request& request, ErrorClass error, std::string_view detail, Nanos at) {
  RINGLOAD_ASSERT(!request.ended);
  request.ended = true;
  request.connection = nullptr;
  handler_.on_end(request, error, detail, at);
  release_if_free(request, at);
}

void Client::release_if_free(Request& request, Nanos at) {
  if (request.ended && request.sends_in_flight == 0) {
    request.connection = nullptr;
    handler_.on_released(request, at);
  }
}

// ---- connections ----

const Address* Client::choose_address(Target& target) {
  RINGLOAD_ASSERT(target.address_count > 0);
  for (unsigned i = 0; i < target.address_count; ++i) {
    const unsigned candidate = (target.next_address + i) % target.address_count;
    if (target.bad[candidate]) continue;
    target.next_address = (candidate + 1) % target.address_count;
    return &target.addresses[candidate];
  }
  target.bad.fill(false);  // none is better than another
  const unsigned candidate = target.next_address % target.address_count;
  target.next_address = (candidate + 1) % target.address_count;
  return &target.addresses[candidate];
}

bool Client::open_connection(Request& request, Nanos now) {
  Target& target = targets_[request.target];
  const LocalChoice local = local_ports_.next();
  const Address* address = choose_address(target);
  const bool bind = local.source != nullptr && local.source->family() == address->family();
  Stream* stream = streams_->connect(*address, bind ? local.source : nullptr, local.port_range);
  if (stream == nullptr) {
    waiting_.push_back(&request);
    return false;
  }
  Connection& connection = connections_[stream->slot];
  connection.stream = stream;
  connection.state = ConnectionState::connecting;
  connection.target = request.target;
  connection.address = static_cast<int8_t>(address - target.addresses.data());
  connection.ports = &port_use_.at(request.target * kMaxAddresses + static_cast<unsigned>(connection.address),
                                   bind ? local.source_index : 0);
  PortUse::taken(*connection.ports);
  connection.request = &request;
  connection.opened = now;
  connection.served = false;
  connection.send_error = 0;
  connection.unsendable = false;
  request.connection = &connection;
  request.reused = false;
  // One that waits for its turn in our own queue has not begun to connect.
  if (stream->chain_started) timers_.set(connection.timer, now + options_.connect_timeout);
  return true;
}

void Client::on_connecting(Stream& stream, Nanos at) {
  Connection& connection = connections_[stream.slot];
  connection.opened = at;
  timers_.set(connection.timer, at + options_.connect_timeout);
}

void Client::on_open(Stream& stream, Nanos at) {
  Connection& connection = connections_[stream.slot];
  Request& request = *connection.request;
  request.connect_time = at - connection.opened;
  if (targets_[connection.target].peer != nullptr) return begin_handshake(connection, at);
  timers_.cancel(connection.timer);
  request.connect_wait += at - connection.opened;
  make_ready(connection, request);
}

// `detail` may not be memory of the connection.
void Client::connect_failed(Connection& connection, ErrorClass error, std::string_view detail, Nanos at) {
  Request& request = *connection.request;
  Target& target = targets_[connection.target];
  const bool peers_fault =
      error == ErrorClass::conn_refused || error == ErrorClass::conn_unreachable || error == ErrorClass::conn_timeout;
  if (peers_fault && connection.address >= 0) target.bad[static_cast<unsigned>(connection.address)] = true;
  const Nanos opened = connection.opened;
  connection.request = nullptr;
  request.connection = nullptr;
  close(connection);
  if (peers_fault && ++request.addresses_tried < target.address_count) {
    request.connect_wait += at - opened;
    open_connection(request, at);
    return;
  }
  end_request(request, error, detail, at);
}

void Client::close(Connection& connection) {
  connection.unlink();
  timers_.cancel(connection.timer);
  if (Request* request = connection.request) {
    request->unlink();
    request->connection = nullptr;
    connection.request = nullptr;
  }
  blocks_.give(connection.tail);
  connection.tail_size = 0;
  if (connection.filter.active()) leave_secure(connection);
  const bool was_open = connection.state != ConnectionState::connecting;
  connection.state = ConnectionState::closing;
  if (was_open && !connection.stream->ended) ++connection.ports->closed_first;
  streams_->close(*connection.stream);
}

void Client::on_closed(Stream& stream) {
  Connection& connection = connections_[stream.slot];
  RINGLOAD_ASSERT(connection.state == ConnectionState::closing && connection.sending == nullptr);
  connection.state = ConnectionState::closed;
  connection.stream = nullptr;
  PortUse::given_back(*connection.ports);
}

void Client::close_idle() {
  for (Target& target : targets_)
    while (Connection* connection = target.idle.front()) close(*connection);
}

void Client::after_batch(Nanos at) {
  do_postponed_handshakes();
  streams_->after_batch();
  while (!waiting_.empty() && streams_->counters().open_now < streams_->capacity()) {
    Request* request = waiting_.pop_front();
    open_connection(*request, at);
  }
}

void Client::on_timer(io::Timer& timer, Nanos at) {
  Connection& connection = *static_cast<ConnectionTimer&>(timer).owner;
  if (connection.state == ConnectionState::connecting) {
    connect_failed(connection, ErrorClass::conn_timeout, "no answer", at);
  } else if (connection.state == ConnectionState::handshaking && connection.unconfirmed) {
    confirmed_by_silence(connection, at);
  } else if (connection.state == ConnectionState::handshaking) {
    connect_failed(connection, ErrorClass::conn_timeout, "no end of the TLS handshake", at);
  } else if (connection.unsendable) {
    lose(connection, ErrorClass::gen_overload, "no memory for the request", at);
  } else if (connection.state == ConnectionState::lingering) {
    close(connection);
  }
}

// ---- what streams report ----

void Client::on_sent(Stream& stream, int error, Nanos at) {
  Connection& connection = connections_[stream.slot];
  if (!connection.ciphertext.empty() && sent_secure(connection, error, at)) return;
  Request* request = connection.sending;
  RINGLOAD_ASSERT(request != nullptr && request->sends_in_flight > 0);
  connection.sending = nullptr;
  connection.send_error = error;
  --request->sends_in_flight;
  // An attempt that was given up can end when the next one has already been made ready.
  if (request->sends_in_flight == 0 && !request->linked()) handler_.on_sent(*request);
  // A send breaks because the connection did: its receive says how, and may still carry an answer before that. Only a
  // failure of our own has no such echo.
  if (connection.request == request && (error == ENOMEM || error == ENOBUFS))
    lose(connection, ErrorClass::gen_overload, ::strerrordesc_np(error), at);
  else
    release_if_free(*request, at);
}

void Client::on_receive(Stream& stream, std::span<char> bytes, Nanos at) {
  Connection& connection = connections_[stream.slot];
  if (connection.state == ConnectionState::handshaking) return receive_handshake(connection, bytes, at);
  if (connection.filter.active()) return receive_secure(connection, bytes, at);
  take(connection, bytes, at);
}

void Client::take(Connection& connection, std::span<char> bytes, Nanos at) {
  switch (connection.state) {
    case ConnectionState::busy:
      // Bytes that nobody asked for: the last request's response went on after its end.
      if (replace_unsent(connection, at)) {
        ++counters_.extra_bytes;
        return;
      }
      // A server that answers before it is asked. Its answer counts, so the question is put now.
      if (connection.request->linked()) {
        connection.request->unlink();
        send(*connection.request, at);
      }
      connection.received_any = true;
      connection.request->bytes_received += bytes.size();
      feed(connection, bytes, at);
      return;
    case ConnectionState::lingering: feed(connection, bytes, at); return;
    case ConnectionState::idle:
      ++counters_.extra_bytes;
      close(connection);
      return;
    default: return;
  }
}

void Client::on_end(Stream& stream, int error, Nanos at) {
  Connection& connection = connections_[stream.slot];
  // The server's last words may say why.
  if (connection.state == ConnectionState::handshaking) do_postponed(connection);
  end_of_input(connection, error, at);
}

// FIN, an error, or TLS's close_notify.
void Client::end_of_input(Connection& connection, int error, Nanos at) {
  switch (connection.state) {
    case ConnectionState::connecting:
      connect_failed(connection, classify_connect_error(error), ::strerrordesc_np(error), at);
      return;
    case ConnectionState::handshaking: {
      const bool hung_up = error == 0 || error == ECONNRESET || error == EPIPE;
      connect_failed(connection, hung_up ? ErrorClass::tls : classify_connect_error(error),
                     error != 0                 ? ::strerrordesc_np(error)
                     : connection.unconfirmed ? "the connection was closed when the server had our certificate, or none"
                                              : "the connection was closed in the handshake",
                     at);
      return;
    }
    case ConnectionState::busy: {
      // Without close_notify anybody on the way may have cut it off.
      const bool complete = !connection.filter.active() || connection.filter.state() == tls::Filter::State::ended;
      if (connection.phase == Phase::until_close && error == 0 && complete) {
        Request& request = *connection.request;
        connection.request = nullptr;
        close(connection);
        end_request(request, ErrorClass::ok, {}, at);
        return;
      }
      if (replace_unsent(connection, at)) {
        ++counters_.idle_closed;
        return;
      }
      if (!connection.received_any && resend(connection, at)) return;
      const std::string_view detail = error != 0 ? std::string_view(::strerrordesc_np(error))
                                                 : "the connection was closed before the response was complete";
      lose(connection, classify_lost(error, connection.send_error), detail, at);
      return;
    }
    case ConnectionState::idle:
      ++counters_.idle_closed;
      close(connection);
      return;
    case ConnectionState::lingering: close(connection); return;
    default: return;
  }
}

// A connection that turns out to be no good before its next request is sent was idle, though chosen already: another
// one takes the request, and nothing was resent.
bool Client::replace_unsent(Connection& connection, Nanos at) {
  Request& request = *connection.request;
  if (!connection.served || !request.linked()) return false;
  request.unlink();
  connection.request = nullptr;
  request.connection = nullptr;
  close(connection);
  start(request, at);
  return true;
}

// A kept-alive connection may be closed by the peer just as we write to it: that is nobody's error. Once, on a new
// connection, and the intended instant stays.
bool Client::resend(Connection& connection, Nanos at) {
  Request& request = *connection.request;
  if (!connection.served || request.resent) return false;
  request.unlink();
  connection.request = nullptr;
  request.connection = nullptr;
  close(connection);
  request.resent = true;
  ++counters_.resent;
  open_connection(request, at);
  return true;
}

void Client::lose(Connection& connection, ErrorClass error, std::string_view detail, Nanos at) {
  Request* request = connection.request;
  connection.request = nullptr;
  if (request != nullptr) request->unlink();
  close(connection);
  if (request != nullptr) end_request(*request, error, detail, at);
}

}  // namespace ringload::net
