// All exchanges of a shard: encodes their requests, hears what the client says of them, records how they end, and then
// tells whoever decides what comes next.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/block_pool.h"
#include "engine/bounds.h"
#include "engine/exchange.h"
#include "engine/recording.h"
#include "engine/reply_reader.h"
#include "engine/turn_log.h"
#include "io/timer_wheel.h"
#include "load/workload.h"
#include "net/client.h"
#include "stats/coarse.h"

namespace ringload::engine {

// Decides what an exchange does next.
class TurnDirector {
 public:
  // Its request has ended, and its memory is free again.
  virtual void on_turn_over(Exchange& exchange, Nanos at) = 0;
  // The instant for which it was waiting (Exchanges::wait_until) has come.
  virtual void on_due(Exchange& exchange, Nanos at) = 0;

 protected:
  ~TurnDirector() = default;
};

inline constexpr uint8_t kClientTimer = 1;
inline constexpr uint8_t kExchangeTimer = 2;
inline constexpr uint8_t kShardTimer = 3;

class Exchanges final : public net::ResponseHandler {
 public:
  // Requests up to this size are gathered into one buffer; larger ones are sent from where their pieces lie.
  static constexpr size_t kGatherBytes = 8192;

  struct Options {
    uint32_t slots = 1;
    Nanos timeout = 120 * kSecond;
    ReplyReader::Options reader;
  };

  Exchanges(const load::Workload& workload, BlockPool& blocks, io::TimerWheel& timers, TurnDirector& director,
            std::span<StageRecording> recordings, stats::CoarseRecorder& coarse, const Options& options);
  ~Exchanges();

  void attach(net::Client& client) { client_ = &client; }
  void set_turn_log(TurnLog* log) { log_ = log; }
  BoundCounter& bounds() { return bounds_; }

  Exchange& at(uint32_t index) { return slots_[index]; }
  uint32_t count() const { return static_cast<uint32_t>(slots_.size()) - 1; }  // without the spare one
  // Those from here on have never carried anything. A search plans for far more than it uses, and who ends a stage need
  // not look at them: that took some 30 ms, in which nothing else was seen.
  uint32_t used() const { return used_; }
  uint32_t in_flight() const { return in_flight_; }      // started and not ended
  uint32_t unreleased() const { return unreleased_; }    // started and not over

  // Starts the present turn of the exchange's conversation.
  void start_turn(Exchange& exchange, Nanos intended, Nanos now);
  // Records the present turn as shed: nothing is sent.
  void shed(Exchange& exchange, Nanos intended, Nanos now);
  // A slot beyond the others, for conversations that are shed.
  Exchange& spare() { return slots_.back(); }
  void wait_until(Exchange& exchange, Nanos due);
  void stop_waiting(Exchange& exchange);
  // Whether a failed request may be tried again (as the profile asks for); not while a run comes to its end.
  void allow_retries(bool allowed) { retries_allowed_ = allowed; }
  uint64_t retries() const { return retries_; }
  // Counts what is in flight as open, since its stage's recorder is needed: its end is logged and recorded nowhere.
  void leave_open(Exchange& exchange, Nanos now);
  // Ends a request by the run's own decision; on_turn_over follows when its memory is free.
  void cancel(Exchange& exchange, bool count_as_in_flight, Nanos now);

  void on_timer(io::Timer& timer, Nanos at);

 private:
  bool on_ready(net::Request& request) override;
  void on_sending(net::Request& request, Nanos at) override;
  void on_sent(net::Request& request) override;
  net::Take on_head(net::Request& request, const codec::ResponseHead& head, Nanos at) override;
  net::Take on_body(net::Request& request, std::span<char> bytes, Nanos at) override;
  void on_end(net::Request& request, ErrorClass error, std::string_view detail, Nanos at) override;
  void on_released(net::Request& request, Nanos at) override;

  void reset_for_turn(Exchange& exchange, Nanos intended);
  void reset_for_try(Exchange& exchange, Nanos intended);
  void send(Exchange& exchange, Nanos now);
  bool wants_retry(const Exchange& exchange) const;
  void retry(Exchange& exchange, Nanos now);
  void record(Exchange& exchange);
  void record_open(Exchange& exchange, Nanos now);
  void give_up_retry(Exchange& exchange);
  bool encode(Exchange& exchange);
  void finish(Exchange& exchange, Nanos at);
  StageRecording& recording(const Exchange& exchange) {
    RINGLOAD_ASSERT(exchange.stage_slot != kClosedSlot);
    return recordings_[exchange.stage_slot];
  }
  // Whether figures are taken of it: neither in a warm-up nor of a stage whose figures have been closed.
  static bool records(const Exchange& exchange) {
    return !exchange.outcome.warmup && exchange.stage_slot != kClosedSlot;
  }

  const load::Workload& workload_;
  BlockPool& blocks_;
  io::TimerWheel& timers_;
  TurnDirector& director_;
  std::span<StageRecording> recordings_;
  stats::CoarseRecorder& coarse_;  // the same, second by second
  Options options_;
  net::Client* client_ = nullptr;
  TurnLog* log_ = nullptr;
  BoundCounter bounds_;
  ReplyReader reader_;
  std::vector<Exchange> slots_;
  uint32_t used_ = 0;
  std::vector<std::string_view> spans_;  // scratch of encode
  char* memory_ = nullptr;               // of all conversations
  size_t memory_bytes_ = 0;
  std::array<bool, kErrorClasses> retried_classes_{};
  bool retries_allowed_ = true;
  RateLimits unrecorded_limits_;  // told in a warm-up: for nobody
  uint64_t retries_ = 0;
  uint32_t in_flight_ = 0;
  uint32_t unreleased_ = 0;
};

// Whether an ok request meets every bound that its scenario sets.
bool meets_slo(const Outcome& outcome, const Slo& slo);

}  // namespace ringload::engine
