// Streams of one shard: sockets as direct descriptors, with a multishot receive, one send at a time and a two-phase
// close. Role-free: a client connects them, a mock accepts them. It knows no protocol.
//
// A slot is reused only when the kernel has returned everything that belonged to it. Closing is: begin (shutdown of our
// interest: no more callbacks but on_closed), then the kernel's last completion, then on_closed and the slot is free.
//
// Handlers are called from dispatch(), one call per completion. They may call any method of Streams.
#pragma once
#include <sys/uio.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/buffer_ring.h"
#include "io/op.h"
#include "io/ring.h"
#include "net/address.h"

namespace ringload::net {

enum class StreamState : uint8_t { free, opening, open, closing };

// One stream. Handlers keep their own state in an array beside, indexed by `slot`.
struct Stream {
  uint32_t slot = 0;
  uint32_t generation = 0;
  StreamState state = StreamState::free;
  bool receive_armed : 1 = false;
  bool send_in_flight : 1 = false;
  bool ended : 1 = false;          // FIN, RST or an error was delivered
  bool fd_exists : 1 = false;      // in the ring's file table
  bool bind_local : 1 = false;
  bool chain_started : 1 = false;  // the opening chain is with the kernel
  bool never_started : 1 = false;  // closed while it waited for its turn to connect
  bool accepted : 1 = false;       // its slot was the kernel's choice
  bool accepted_next : 1 = false;  // … and has been given out again already
  uint8_t kernel_owes = 0;          // completions still to come for this generation
  int error = 0;                    // the first errno of an opening chain
  uint32_t connect_round = 0;       // in which its chain was submitted
  uint32_t send_bytes = 0;          // of the send in flight
  Address local;                    // bound to, when chosen
  Address peer;
  uint32_t port_range = 0;          // read by the kernel until the opening chain has completed
  msghdr message{};                 // of a gathered send; read by the kernel until it completes
};

class StreamHandler {
 public:
  // A connect that had to wait for its turn (StreamOptions::connects_in_flight) goes to the kernel now.
  virtual void on_connecting(Stream& /*stream*/, Nanos /*at*/) {}
  // Connected or accepted: may send and will receive.
  virtual void on_open(Stream& stream, Nanos at) = 0;
  // Bytes arrived; they are ours until the call returns and may be changed in place. BufferRing::kSlack readable bytes
  // follow them.
  virtual void on_receive(Stream& stream, std::span<char> bytes, Nanos at) = 0;
  // The send completed and its memory is free again. `error`: 0, or the errno of one that did not send everything.
  virtual void on_sent(Stream& stream, int error, Nanos at) = 0;
  // No more will arrive: `error` 0 for FIN, else an errno (ECONNRESET, …); for a stream that could not be opened the
  // errno of the chain's first failure. The handler should close() it.
  virtual void on_end(Stream& stream, int error, Nanos at) = 0;
  // The slot and all memory lent to it are free.
  virtual void on_closed(Stream& stream) = 0;

 protected:
  ~StreamHandler() = default;
};

struct StreamOptions {
  unsigned streams = 1024;              // slots; the ring's file table must hold as many
  unsigned receive_buffers = 256;       // power of two
  unsigned receive_buffer_size = 2048;  // bytes
  uint16_t buffer_group = 1;
  // More wait their turn. Only connects begun within the present 20 ms count: a peer that leaves them unanswered for
  // longer must not keep others from beginning.
  unsigned connects_in_flight = 256;
};

struct StreamCounters {
  uint64_t opened = 0, accepted = 0, closed = 0, open_failed = 0;
  uint64_t stale_completions = 0;
  uint64_t buffers_exhausted = 0;       // receives that ended with ENOBUFS
  uint64_t receives_rearmed = 0;        // multishots that ended and were started again
  uint64_t completions = 0;
  uint32_t open_now = 0, open_peak = 0; // slots not free
};

class Streams {
 public:
  static std::expected<std::unique_ptr<Streams>, std::string> create(io::Ring& ring, StreamHandler& handler,
                                                                     const StreamOptions& options);
  ~Streams();
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // Begins to connect; null when no slot is free. `local`: bind to this address first (port 0: the kernel's choice);
  // `port_range`: as in io::SocketSpec. on_open or on_end follows.
  Stream* connect(const Address& peer, const Address* local = nullptr, uint32_t port_range = 0);
  // Accepts from a listening descriptor whenever a slot is free. Not owned.
  void listen(int fd);
  // Stops accepting; what is open stays.
  void stop_listening();

  // Sends all of `bytes` (MSG_WAITALL); they must stay until on_sent. One send at a time per stream.
  void send(Stream& stream, std::span<const char> bytes);
  // The same, gathered; `pieces` and what they point at must stay until on_sent.
  void send(Stream& stream, std::span<const iovec> pieces);
  // Cancels the send in flight; on_sent still follows (ECANCELED, or 0 when it had finished).
  void cancel_send(Stream& stream);
  // Closes, whatever is in flight. Nothing but on_sent (when a send was in flight) and on_closed follows.
  void close(Stream& stream);
  // The same, but the peer gets a RST instead of a FIN.
  void reset(Stream& stream);

  // Takes a completion when it belongs to a stream (Op::socket … Op::close, Op::accept); false when it is not ours.
  bool dispatch(const io_uring_cqe& cqe, Nanos at);
  // Once after a batch of completions: returns buffers to the kernel, starts receives and connects that had to wait.
  void after_batch();
  // When after_batch() has connects to start even if nothing completes until then; kNever when none waits.
  Nanos next_connects() const { return waiting_count_ > 0 ? connect_round_began_ + kConnectRound : kNever; }

  Stream& at(uint32_t slot) { return streams_[slot]; }
  uint32_t capacity() const { return static_cast<uint32_t>(streams_.size()); }
  const StreamCounters& counters() const { return counters_; }
  const io::BufferRing& buffers() const { return *buffers_; }
  io::Ring& ring() { return ring_; }

 private:
  static constexpr Nanos kConnectRound = 20 * kMillisecond;

  Streams(io::Ring& ring, StreamHandler& handler, const StreamOptions& options);
  bool may_connect();
  void begin_chain(Stream& stream);
  int open_by_system_calls(Stream& stream);  // 0 or errno
  void arm_receive(Stream& stream);
  void arm_accepts();
  void on_opening(Stream& stream, io::Op op, int result, Nanos at);
  void on_received(Stream& stream, const io_uring_cqe& cqe, Nanos at);
  void on_accepted(const io_uring_cqe& cqe, Nanos at);
  void open_accepted(Stream& stream, Nanos at);
  void finish_close_if_returned(Stream& stream);
  void free_slot(Stream& stream);
  Stream* take_slot();

  io::Ring& ring_;
  StreamHandler& handler_;
  StreamOptions options_;
  std::unique_ptr<io::BufferRing> buffers_;
  std::vector<Stream> streams_;
  std::vector<uint32_t> free_;             // a stack: the hottest slot first
  std::vector<uint32_t> waiting_connect_;  // a ring of slots whose chain has not been submitted
  uint32_t waiting_head_ = 0, waiting_count_ = 0;
  std::vector<uint32_t> starved_;          // slots whose receive ended for want of buffers
  unsigned connecting_ = 0;                // of the present round
  uint32_t connect_round_ = 0;
  Nanos connect_round_began_ = 0;
  int listen_fd_ = -1;
  unsigned accepts_armed_ = 0;
  bool accept_blocked_ = false;  // the table was full
  StreamCounters counters_;
};

}  // namespace ringload::net
