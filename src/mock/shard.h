// One thread's worth of the mock: a ring, its connections and their timers. step() does one round, so that a simulation
// can drive it as well as a thread.
#pragma once
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "base/block_pool.h"
#include "base/time.h"
#include "io/ring.h"
#include "io/timer_wheel.h"
#include "mock/connection.h"
#include "mock/counters.h"
#include "mock/rate_limits.h"
#include "mock/plan.h"
#include "mock/stream_block.h"
#include "mock/wall_clock.h"
#include "net/stream.h"

namespace ringload::mock {

// What the shards of one mock have in common.
struct MockShared {
  explicit MockShared(MockPlan the_plan)
      : plan(std::move(the_plan)), limits(plan.limits, plan.seed), counters(new ShardCounters[plan.shards]) {}

  std::span<const ShardCounters> all_counters() const { return {counters.get(), plan.shards}; }

  const MockPlan plan;
  Limits limits;
  std::unique_ptr<ShardCounters[]> counters;
  Nanos started = 0;  // outage and freeze count from here
};

struct MockShardOptions {
  unsigned index = 0;
  unsigned connections = 1024;
  unsigned receive_buffers = 256;         // power of two
  unsigned receive_buffer_size = 16 * 1024;
  uint32_t masked_features = 0;
  int64_t unix_ns = 0;                    // the wall clock at creation
};

class MockShard final : private net::StreamHandler {
 public:
  // `shared` outlives the shard. Throws std::system_error or std::bad_alloc when memory cannot be had.
  static std::expected<std::unique_ptr<MockShard>, std::string> create(const io::Kernel& kernel, MockShared& shared,
                                                                       const MockShardOptions& options);
  ~MockShard();

  // On the thread that will step: accepts from `listen_fd`, which is not owned. A write to `wake_fd` (an eventfd; -1:
  // none) ends a step that waits.
  std::expected<void, std::string> start(int listen_fd, int wake_fd);
  // One round: what is due → submit → wait, until something completes, something is due or `until` → dispatch.
  void step(Nanos until);
  // Accepts no more; what is open stays.
  void stop_accepting() { streams_->stop_listening(); }

  // When step() would have something to do without any completion; kNever: nothing.
  Nanos next_due() const { return turns_.empty() ? wheel_.next() : 0; }
  io::Ring& ring() { return *ring_; }
  // Blocks of memory lent to requests and answers; 0 when nothing is under way.
  uint64_t blocks_taken() const { return pool_.taken() + stream_blocks_.taken(); }
  const net::StreamCounters& stream_counters() const { return streams_->counters(); }

 private:
  // Of TLS handshakes, in one step: some 0.2 ms each, by which events that are due then come late.
  static constexpr unsigned kHandshakeSteps = 2;

  MockShard(MockShared& shared, const MockShardOptions& options, std::unique_ptr<io::Ring> ring);

  void on_open(net::Stream& stream, Nanos at) override;
  void on_receive(net::Stream& stream, std::span<char> bytes, Nanos at) override;
  void on_sent(net::Stream& stream, int error, Nanos at) override;
  void on_end(net::Stream& stream, int error, Nanos at) override;
  void on_closed(net::Stream& stream) override;

  // Requests (shard_request.cc).
  void consume(ClientConnection& connection, std::span<char> input, Nanos at);
  void hold(ClientConnection& connection, std::span<char> rest);
  void begin_answer(ClientConnection& connection, Nanos at);
  void handle_request(ClientConnection& connection, Nanos at);
  void handle_generation(ClientConnection& connection, Api api, Nanos at);
  void handle_broken(ClientConnection& connection, Nanos at);
  void answer_models(ClientConnection& connection, Nanos at);
  void answer_error(ClientConnection& connection, const ApiError& error, Nanos at, Nanos retry_after = -1,
                    std::string_view allow = {});
  void answer_ready(ClientConnection& connection, int status, std::string_view content_type, std::string_view body,
                    Nanos at, Nanos retry_after = -1, std::string_view allow = {});

  // Answers (shard_answer.cc).
  void pump(ClientConnection& connection, Nanos now);
  void pump_whole(ClientConnection& connection, Nanos now);
  void pump_stream(ClientConnection& connection, Nanos now);
  bool strike(ClientConnection& connection, Nanos now);
  void release_due(ClientConnection& connection, Nanos now);
  void send_released(ClientConnection& connection, Nanos now);
  void send_fault_event(ClientConnection& connection, Nanos now);
  std::string_view render_head(ClientConnection& connection, Nanos now, std::optional<uint64_t> content_length,
                               std::span<char> memory);
  ResponseHead head_of(const ClientConnection& connection, int status, Nanos now);
  void send(ClientConnection& connection, std::span<const char> bytes);
  void retry_later(ClientConnection& connection, Nanos now);
  void end_answer(ClientConnection& connection, Nanos now);
  void leave_answer(ClientConnection& connection);
  enum class Ending : uint8_t { close, reset };  // FIN or RST
  void close(ClientConnection& connection, Ending ending = Ending::close);
  void give_back_output(ClientConnection& connection);

  // TLS (shard_tls.cc).
  bool postpone_handshake(ClientConnection& connection, std::span<const char> bytes, Nanos at);
  void do_postponed(ClientConnection& connection, Nanos at);
  void do_postponed_handshakes(Nanos at);
  void receive_secure(ClientConnection& connection, std::span<char> bytes, Nanos at);
  void send_secure(ClientConnection& connection, std::span<const char> bytes);
  bool seal_part(ClientConnection& connection);
  bool flush_secure(ClientConnection& connection);
  bool sent_secure(ClientConnection& connection, int error, Nanos at);
  void leave_secure(ClientConnection& connection, Ending ending);

  net::Stream& stream_of(const ClientConnection& connection) { return streams_->at(connection.slot); }
  bool frozen(Nanos now) const;
  void arm_wake();

  MockShared& shared_;
  const MockPlan& plan_;
  ShardCounters& counters_;
  const MockShardOptions options_;
  const uint64_t id_salt_;       // keeps apart the ids of shards and runs
  std::unique_ptr<io::Ring> ring_;
  std::unique_ptr<net::Streams> streams_;
  io::TimerWheel wheel_;
  WallClock clock_;
  BlockPool pool_;
  StreamBlocks stream_blocks_;
  RequestBodies bodies_;
  std::vector<ClientConnection> connections_;
  std::vector<char> plaintext_;  // of one receive; empty without TLS
  IntrusiveList<Turn> turns_;    // handshakes that wait
  unsigned handshake_steps_left_ = kHandshakeSteps;
  RateLimitState limit_state_;
  uint64_t requests_ = 0;        // numbers ids and seeds
  unsigned unsubmitted_ = 0;     // sends since the last submission
  int wake_fd_ = -1;
  uint64_t wake_value_ = 0;
};

}  // namespace ringload::mock
