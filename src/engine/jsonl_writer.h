// The JSONL of a run: shards push fixed records into queues of their own, one thread off their CPUs formats and writes
// them. A full queue or a full disk costs records, which are counted, never time of the load.
#pragma once
#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/preflight_log.h"
#include "engine/spending.h"
#include "engine/turn_log.h"
#include "load/key_mask.h"
#include "load/workload.h"
#include "report/turn_record.h"
#include "stats/spsc.h"

namespace ringload::engine {

// What the lines say of scenarios and stages.
report::TurnNames turn_names(const load::Workload& workload);

struct TurnQueue {
  static constexpr uint32_t kTurns = 16384;
  static constexpr uint32_t kTexts = 512;

  TurnQueue() : turns(kTurns), texts(kTexts) {}
  stats::SpscQueue<report::TurnRecord> turns;
  stats::SpscQueue<report::TurnTexts> texts;
  uint64_t dropped = 0;  // the shard's own count; read when the shard has ended
};

// A shard's end of it.
class TurnSink final : public TurnLog {
 public:
  // `queue`: null for no JSONL. keep_share: of conversations, by their UUID. body_bytes: of an error's body, 0 … 600.
  // `spending`: null when the profile has no prices.
  TurnSink(PreflightLog* preflight, TurnQueue* queue, double keep_share, uint32_t body_bytes, Spending* spending = nullptr);
  void log(const Exchange& exchange) override;

 private:
  PreflightLog* preflight_;
  TurnQueue* queue_;
  uint64_t keep_below_;
  uint32_t body_bytes_;
  Spending* spending_;
};

class JsonlWriter {
 public:
  // Creates the file (it must not exist). The error names the path and the reason.
  static std::expected<std::unique_ptr<JsonlWriter>, std::string> create(const std::string& path,
                                                                         const load::Workload& workload,
                                                                         unsigned shards);
  ~JsonlWriter();

  TurnQueue* queue(unsigned shard) { return queues_[shard].get(); }
  // Starts the thread, kept off `busy_cpus` when others are allowed.
  void start(const std::vector<int>& busy_cpus);
  // One turn of the thread's loop: writes what is there; true when there was something.
  bool step();
  // After the shards have ended: writes the rest and closes.
  void finish();

  uint64_t written() const { return written_; }
  uint64_t dropped() const;
  // What ended the writing early ("No space left on device"); empty while all is well.
  const std::string& error() const { return error_; }

 private:
  JsonlWriter() = default;
  void flush();
  void run();

  int fd_ = -1;
  report::TurnNames names_;
  std::vector<load::KeyMask> masks_;  // by scenario
  size_t line_room_ = 0;
  std::vector<std::unique_ptr<TurnQueue>> queues_;
  std::vector<char> buffer_;
  size_t buffered_ = 0;
  uint64_t buffered_lines_ = 0;
  uint64_t written_ = 0;
  uint64_t lost_ = 0;  // formatted, but the disk would not have them
  std::string error_;
  std::thread thread_;
  std::atomic<bool> ending_{false};
};

}  // namespace ringload::engine
