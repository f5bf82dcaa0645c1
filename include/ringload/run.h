// Running load from a program: a Session holds shards, connections and addresses; stages are run over it one after
// another. Not thread-safe: one thread creates it and calls it.
#pragma once
#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ringload/adapter.h"
#include "ringload/blocks.h"
#include "ringload/profile.h"
#include "ringload/result.h"

namespace ringload {

// PEM files. That servers are verified at all is the profile's (insecure_skip_verify).
struct TlsFiles {
  std::string ca;           // whom to trust; empty: the system's bundle
  std::string certificate;  // the client's own chain; empty: none
  std::string key;          // its key; empty: in `certificate`
};

struct SessionOptions {
  unsigned shards = 0;          // 0: one per CPU allowed to the process less one, at least 1
  std::vector<int> cpus;        // where shards are pinned, in turn; empty: the allowed CPUs
  uint64_t seed = 1;
  std::optional<uint64_t> uuid_salt;   // drawn when absent
  uint32_t rank = 0;                   // of this host among several
  std::vector<std::string> source_ips;  // numeric; local addresses to bind to in turn
  std::vector<std::string> resolve;    // "HOST:PORT:ADDR[,ADDR…]": where a name leads, instead of asking the resolver
  TlsFiles tls;
  std::string jsonl_path;              // empty: none
  double jsonl_sample = 1;             // share of conversations that the JSONL keeps, whole
  bool keep_good_bodies = false;       // PreflightAnswer::body also of good answers: to show an exchange
  std::vector<const Adapter*> extra_adapters;
  // Counts signals: 1 stops new turns and drains for up to 5 s, 2 abandons what is in flight. May be null.
  const std::atomic<int>* stop_requests = nullptr;
};

// Where the run stands, about once a second while a stage runs.
struct Progress {
  uint32_t stage = 0;           // from 1
  double stage_elapsed_s = 0, stage_duration_s = 0;
  bool warmup = false;
  bool draining = false;
  uint64_t ok = 0, failed = 0;  // of the stage so far
  double rps = 0;               // ended in the last second
  uint64_t in_flight = 0;
  std::optional<int64_t> latency_p50_us, latency_p99_us, ttft_p50_us;  // of the last second
  std::optional<double> spent_usd;  // of the run so far, preflight included; absent without prices
};

// What came back for a scenario's one request before the load.
struct PreflightAnswer {
  uint32_t scenario = 0;
  ErrorClass error = ErrorClass::ok;
  int status = -1;              // −1: no response
  std::string detail;
  std::string body;             // its first 1,024 bytes, when it was an error or keep_good_bodies is set
};

class Session {
 public:
  // Plans memory, raises the limit of open files, resolves names, starts the shards. The error is a whole sentence with
  // the remedy.
  static std::expected<std::unique_ptr<Session>, std::string> create(const Profile& profile,
                                                                     const SessionOptions& options);
  ~Session();  // ends the shards
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // One request of each scenario; in no figure.
  std::vector<PreflightAnswer> preflight();
  // Runs a stage to its end, or until a stop is requested. `number` counts from 1.
  StageResult run_stage(const Stage& stage, uint32_t number, const std::function<void(const Progress&)>& on_progress);
  // Runs stages one after another and hands over each result when its last request has ended. Open stages that follow
  // each other do so without a gap: one's last requests may still be in flight while the next has begun. After a stop
  // request the stages that have not begun are left out.
  void run_stages(std::span<const Stage> stages, uint32_t first_number,
                  const std::function<void(const Progress&)>& on_progress,
                  const std::function<void(StageResult&&)>& on_done);
  // Runs blocks until there is no next one, or until a stop is requested. Leaves no series.
  void run_blocks(const BlockRun& run);
  // While a stage runs (from on_progress): the figure that `threshold` names, of its steady part until now, to the
  // precision of the live view, in the threshold's unit. Its stage is not looked at. Absent without samples.
  std::optional<double> figure_so_far(const Threshold& threshold) const;
  // Whether a running stage knows that figure at all; a profile's other figures are known at its end.
  static bool knows_so_far(const Threshold& threshold);
  // What concerns the whole run: series, segments, health, conservation beyond the stages. Ends the shards and the JSONL.
  void finish(RunResult& result);

  unsigned shards() const;
  uint64_t uuid_salt() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringload
