// HTTP/1.1 client of one shard: connections to targets, a keep-alive pool for each, and the response of one request at a
// time on each connection. It stamps what the network did; what a body means is its handler's business.
//
// A request's life: start() → (connect) → on_ready → send_ready() hands it to the kernel → on_sent, on_head, on_body… →
// on_end → on_released. Its bytes exist from on_ready to on_sent, which can come after on_end: a request that waits for
// its answer owns none. Sent again on another connection it asks for them again.
#pragma once
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/block_pool.h"
#include "base/intrusive_list.h"
#include "base/time.h"
#include "codec/chunked.h"
#include "codec/http1.h"
#include "io/timer_wheel.h"
#include "net/local_ports.h"
#include "net/port_use.h"
#include "net/stream.h"
#include "ringload/outcome.h"

namespace ringload::tls {
class Context;
class Peer;
}  // namespace ringload::tls

namespace ringload::net {

struct Connection;

// One request; its owner derives from it.
struct Request : ListNode {
  uint32_t target = 0;  // set by the owner before start()
  // Set by the owner in on_ready. Either `bytes`, or `pieces` (not both).
  std::span<const char> bytes;
  std::span<const iovec> pieces;

  // Told by the client; instants in ns, −1 where there was none.
  Nanos sent = -1;          // of the last attempt
  Nanos first_sent = -1;    // of the first attempt
  Nanos first_byte = -1;    // of the final response
  Nanos connect_wait = 0;   // from start() to the reap that reported the connection ready, when one had to be made
  Nanos connect_time = -1;  // TCP connect, only when this request opened the connection
  Nanos tls_time = -1;      // the handshake after it
  bool reused = false;      // the connection had carried a request before
  bool resent = false;
  uint64_t bytes_received = 0;

  // The client's own.
  Connection* connection = nullptr;
  Nanos started = -1;
  uint8_t sends_in_flight = 0;
  uint8_t addresses_tried = 0;
  bool ended = false;
};

// What the handler wants to do with a response.
enum class Take : uint8_t {
  more,    // go on
  enough,  // the response is complete for us (a stream's terminal event): framing may end later or not at all
  refuse   // it is not what was asked for: the connection is closed; on_end follows with ErrorClass::ok
};

class ResponseHandler {
 public:
  // A connection is there and the request's bytes are wanted, unless an earlier attempt has left them. False: there is
  // no memory for them, and on_end follows.
  virtual bool on_ready(Request& request) = 0;
  // Nobody reads the request's bytes any more.
  virtual void on_sent(Request& request) = 0;
  // The first byte is about to be handed to the kernel; request.sent is set.
  virtual void on_sending(Request& request, Nanos at) = 0;
  virtual Take on_head(Request& request, const codec::ResponseHead& head, Nanos at) = 0;
  // A piece of the body; valid until the call returns, may be changed in place, 64 readable bytes follow.
  virtual Take on_body(Request& request, std::span<char> bytes, Nanos at) = 0;
  // The response is complete (ok), or it never will be. Called once.
  virtual void on_end(Request& request, ErrorClass error, std::string_view detail, Nanos at) = 0;
  // The request is free; also its bytes, if on_sent has not been told of them.
  virtual void on_released(Request& request, Nanos at) = 0;

 protected:
  ~ResponseHandler() = default;
};

struct ClientOptions {
  StreamOptions streams;
  unsigned targets = 1;
  Nanos connect_timeout = 10 * kSecond;  // TLS handshake included
  bool keep_alive = true;        // false: one request on each connection, even if the server would take more
  uint8_t timer_kind = 1;        // of the timers that the client arms in the shared wheel
  LocalPorts::Plan local_ports;
  const tls::Context* tls = nullptr;      // needed when a target is spoken to by TLS; outlives the client
  std::vector<std::string> server_names;  // by target: whom its certificate must name; empty or absent: no TLS
};

struct ClientCounters {
  uint64_t resent = 0;
  uint64_t refused_responses = 0;  // http_protocol
  uint64_t extra_bytes = 0;        // connections closed for bytes after a complete response
  uint64_t idle_closed = 0;        // by the peer, while nothing was in flight
  uint64_t handshakes = 0;         // of TLS that succeeded
  uint64_t resumed = 0;            // … that went on with an earlier session
};

class Client final : private StreamHandler {
 public:
  static constexpr unsigned kMaxAddresses = 16;
  // At most so many sends between two readings of the clock.
  static constexpr unsigned kSendsPerStamp = 8;
  // Steps of TLS handshakes that one batch of completions does: about a quarter of a millisecond each.
  static constexpr unsigned kHandshakeSteps = 2;

  static std::expected<std::unique_ptr<Client>, std::string> create(io::Ring& ring, io::TimerWheel& timers,
                                                                    BlockPool& blocks, ResponseHandler& handler,
                                                                    const ClientOptions& options);
  ~Client();

  // Where new connections of `target` go, in turn; at most kMaxAddresses are used. Allocates nothing.
  void set_addresses(uint32_t target, std::span<const Address> addresses);

  void start(Request& request, Nanos now);
  // Gives a request up: its connection is closed. No on_end; on_released follows.
  void cancel(Request& request, Nanos now);

  // Hands up to kSendsPerStamp ready requests to the ring, stamped with `now`. False when none was left.
  bool send_ready(Nanos now);
  bool has_ready() { return !ready_.empty(); }

  bool dispatch(const io_uring_cqe& cqe, Nanos at) { return streams_->dispatch(cqe, at); }
  void after_batch(Nanos at);
  void on_timer(io::Timer& timer, Nanos at);  // one of options.timer_kind fired

  // Closes connections that carry no request.
  void close_idle();

  const ClientCounters& counters() const { return counters_; }
  // Addresses are numbered target × kMaxAddresses + index.
  const PortUse& port_use() const { return port_use_; }
  const StreamCounters& stream_counters() const { return streams_->counters(); }
  const io::BufferRing& buffers() const { return streams_->buffers(); }
  // When after_batch() is due even if nothing completes; kNever: not before something does.
  Nanos next_due() const { return postpones() ? 0 : streams_->next_connects(); }
  uint32_t connections() const { return streams_->counters().open_now; }

 private:
  // How far the bytes at hand brought a response.
  enum class Fed : uint8_t { more, finished, refused, lost };

  struct Target {
    IntrusiveList<Connection> idle;  // the most recently used first
    std::array<Address, kMaxAddresses> addresses;
    std::array<bool, kMaxAddresses> bad{};  // refused a connection while others accepted
    unsigned address_count = 0;
    unsigned next_address = 0;
    std::unique_ptr<tls::Peer> peer;  // null: no TLS
  };

  Client(io::Ring& ring, io::TimerWheel& timers, BlockPool& blocks, ResponseHandler& handler,
         const ClientOptions& options);

  void on_connecting(Stream& stream, Nanos at) override;
  void on_open(Stream& stream, Nanos at) override;
  void on_receive(Stream& stream, std::span<char> bytes, Nanos at) override;
  void on_sent(Stream& stream, int error, Nanos at) override;
  void on_end(Stream& stream, int error, Nanos at) override;
  void on_closed(Stream& stream) override;

  bool open_connection(Request& request, Nanos now);
  const Address* choose_address(Target& target);
  void make_ready(Connection& connection, Request& request);
  void send(Request& request, Nanos now);
  void feed(Connection& connection, std::span<char> bytes, Nanos at);
  Fed parse(Connection& connection, std::span<char>& work, Nanos at);
  void become_idle_or_close(Connection& connection, bool extra_bytes);
  void lose(Connection& connection, ErrorClass error, std::string_view detail, Nanos at);
  void connect_failed(Connection& connection, ErrorClass error, std::string_view detail, Nanos at);
  void take(Connection& connection, std::span<char> bytes, Nanos at);
  void end_of_input(Connection& connection, int error, Nanos at);
  bool replace_unsent(Connection& connection, Nanos at);
  bool resend(Connection& connection, Nanos at);
  void end_request(Request& request, ErrorClass error, std::string_view detail, Nanos at);
  void release_if_free(Request& request, Nanos at);
  void close(Connection& connection);

  // TLS (client_handshake.cc, client_tls.cc).
  void begin_handshake(Connection& connection, Nanos at);
  void say_hello(Connection& connection, Nanos at);
  bool postpone(Connection& connection, std::span<const char> bytes, Nanos at);
  bool postpones() const { return !postponed_.empty() || !unbegun_.empty(); }
  void do_postponed(Connection& connection);
  void do_postponed_handshakes();
  void receive_handshake(Connection& connection, std::span<char> bytes, Nanos at);
  void finish_handshake(Connection& connection, Nanos at);
  void await_confirmation(Connection& connection, Nanos at);
  void confirmed_by_silence(Connection& connection, Nanos at);
  void receive_secure(Connection& connection, std::span<char> bytes, Nanos at);
  void secure_failed(Connection& connection, Nanos at);
  void send_secure(Connection& connection, Nanos now);
  bool seal_part(Connection& connection);
  bool flush_secure(Connection& connection);
  bool sent_secure(Connection& connection, int error, Nanos at);
  void leave_secure(Connection& connection);

  io::Ring& ring_;
  io::TimerWheel& timers_;
  BlockPool& blocks_;
  ResponseHandler& handler_;
  ClientOptions options_;
  LocalPorts local_ports_;
  PortUse port_use_;
  std::unique_ptr<Streams> streams_;
  std::vector<Connection> connections_;  // by slot
  std::vector<Target> targets_;
  IntrusiveList<Request> ready_;    // on an open connection, to be sent
  IntrusiveList<Request> waiting_;  // for a free slot
  // Handshakes whose turn has not come; those that have begun hold memory, so they go first.
  IntrusiveList<Connection> postponed_, unbegun_;
  unsigned handshake_steps_left_ = kHandshakeSteps;
  codec::HeadFields head_fields_;
  std::vector<char> plaintext_;     // of one receive, or of a request's pieces; empty without TLS
  ClientCounters counters_;
};

}  // namespace ringload::net
