// One core's worth of load: a ring, its connections and exchanges, and a loop that does what is due, submits, waits,
// reaps and dispatches. It knows neither HTTP nor JSON nor percentiles. step() is one turn of the loop, so that a thread
// or a simulation can drive it.
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/block_pool.h"
#include "engine/exchanges.h"
#include "engine/mailbox.h"
#include "engine/open_load.h"
#include "engine/recording.h"
#include "engine/turn_log.h"
#include "engine/virtual_users.h"
#include "io/ring.h"
#include "io/timer_wheel.h"
#include "load/workload.h"
#include "net/client.h"
#include "stats/coarse.h"

namespace ringload::engine {

struct ShardOptions {
  unsigned index = 0, shards = 1;      // this one, of how many
  uint32_t exchanges = 1;              // requests in flight at most
  uint32_t connections = 1;            // stream slots: exchanges and what is still closing
  uint32_t receive_buffers = 256;
  uint32_t receive_buffer_size = 2048;
  uint32_t masked_features = 0;
  Nanos timeout = 120 * kSecond;
  Nanos connect_timeout = 10 * kSecond;
  ReplyReader::Options reader;
  net::LocalPorts::Plan local_ports;
  const tls::Context* tls = nullptr;   // needed by https targets; outlives the shard
  Nanos poll_before = 100 * kMicrosecond;  // an instant of an open stage is polled for from so long before; 0: waited for
  int wake_fd = -1;                    // an eventfd that is written after a command; −1: whoever drives step() knows
};

// Figures of the generator itself; written by the shard, read by the session when no stage runs.
struct ShardFigures {
  Nanos stage_busy = 0;  // wall time of stages that was not spent waiting with nothing to do
  Nanos stage_wall = 0;
  uint64_t loops = 0;
  uint64_t spins = 0;    // turns of polling for the next instant
};

class Shard final : private TurnDirector {
 public:
  static std::expected<std::unique_ptr<Shard>, std::string> create(const io::Kernel& kernel,
                                                                   const load::Workload& workload,
                                                                   const ShardOptions& options);
  ~Shard();

  // On the thread that will call step(); once.
  std::expected<void, std::string> enable();
  // One turn of the loop. False after quit, when every connection is closed.
  bool step();

  Mailbox& mailbox() { return mailbox_; }
  StageRecording& recording(unsigned slot) { return recordings_[slot]; }
  Exchange& exchange(uint32_t index) { return exchanges_->at(index); }
  void set_turn_log(TurnLog* log) { exchanges_->set_turn_log(log); }
  io::Ring& ring() { return *ring_; }
  const net::Client& client() const { return *client_; }
  uint64_t retries() const { return exchanges_->retries(); }
  const BlockPool& blocks() const { return blocks_; }
  const ShardFigures& figures() const { return figures_; }
  // µs of each turn of the loop that were not spent waiting for something to do: so long completions may have waited.
  const Histogram& loop_lag() const { return loop_lag_; }
  const ShardOptions& options() const { return options_; }

 private:
  Shard(const load::Workload& workload, const ShardOptions& options, std::unique_ptr<io::Ring> ring);
  std::expected<void, std::string> build();

  void on_turn_over(Exchange& exchange, Nanos at) override;
  void on_due(Exchange& exchange, Nanos at) override;

  void take_commands(Nanos now);
  void on_shard_timer(io::Timer& timer, Nanos at);
  void stop_stage(Nanos deadline, Nanos now);
  void cancel_all(bool count_as_in_flight, Nanos now);
  Nanos next_second(Nanos now) const;
  void publish_tick(Nanos now);
  void check_stages_over(Nanos now);
  void arm_wake();
  bool is_open(uint8_t slot) const;
  void wait();
  void spend(Nanos busy, Nanos wall);

  const load::Workload& workload_;
  ShardOptions options_;
  std::unique_ptr<io::Ring> ring_;
  BlockPool blocks_;
  io::TimerWheel timers_;
  std::vector<StageRecording> recordings_;
  stats::CoarseRecorder coarse_;
  std::unique_ptr<Exchanges> exchanges_;
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<VirtualUsers> users_;
  Mailbox mailbox_;
  std::unique_ptr<OpenLoad> open_load_;
  io::Timer closed_end_;   // a closed stage's planned end
  io::Timer drain_end_;    // after a stop
  io::Timer tick_timer_;
  io::Timer bounds_timer_;
  uint64_t wake_value_ = 0;
  uint8_t running_ = 0;    // stages that run or drain
  uint8_t present_ = 0;    // slot of the one that began last
  uint8_t closing_ = 0;    // a bit for each slot that was asked to close
  bool quitting_ = false;
  Nanos last_reap_ = 0;
  Nanos seconds_from_ = 0;  // when the first stage began
  ShardFigures figures_;
  Histogram loop_lag_;
};

}  // namespace ringload::engine
