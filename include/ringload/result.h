// What a run found out: filled by the engine, and all that reports, thresholds, comparisons and merges look at.
// Raw counters and histograms stand here; every rate, share and percentile is computed from them (report/figures.h), so
// that merged results are as exact as single ones.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ringload/metrics.h"
#include "ringload/outcome.h"
#include "ringload/rate_limits.h"

namespace ringload {

inline constexpr int kSchemaVersion = 1;

// ---- distributions ----

// A 95 % confidence interval of one quantile.
struct Interval {
  double quantile = 0.5;           // 0.99 for p99
  int64_t low_us = 0;
  int64_t high_us = -1;            // -1: open above
  bool correlated = false;         // the stage was too short for the figure: the interval is too narrow

  friend bool operator==(const Interval&, const Interval&) = default;
};

// What is printed of one figure's samples. µs (or the samples' own unit); absent: no samples, or among the censored.
struct Figures {
  uint64_t n = 0;                  // measured samples
  uint64_t n_censored = 0;         // +infinity, beside those
  std::optional<int64_t> min, mean, p50, p90, p95, p99, p999, max;

  friend bool operator==(const Figures&, const Figures&) = default;
};

// The samples of one figure, in µs (or, where a member says so, something else).
struct Samples {
  Histogram values;
  uint64_t censored = 0;           // requests that never got so far: +infinity in every percentile
  std::vector<Interval> intervals;
  std::optional<Figures> given;    // another tool's summary gave these alone, without a histogram
};

// ---- one row of figures ----

// The figures of one scenario in one stage, of a stage's total, of a size segment or of the whole run. Counts and
// distributions are of requests *intended* in the steady window; what is called ended_* counts requests of whatever
// stage that *ended* in it: rates come from those.
struct Stat {
  std::string label;               // the scenario's name; "total" of a stage, "aggregate" of a run
  double share = 0;                // of the load, 0 … 1; 0: unknown
  double planned = 0;              // requests/s in an open stage, VUs in a closed one; 0: nothing planned
  double window_s = 0;             // length of the steady window; of several stages: the sum
  bool has_stream = false;         // some of its requests are streamed: TTFT, ITL and TPOT apply
  bool has_slo = false;            // goodput is defined

  uint64_t requests = 0;           // ok + failed + cancelled + shed + in_flight_at_stop
  uint64_t ok = 0;
  uint64_t failed = 0;             // gen_* other than shed included; error_rate leaves those out
  uint64_t cancelled = 0;
  uint64_t shed = 0;
  uint64_t in_flight_at_stop = 0;
  uint64_t good = 0;               // ok and within every SLO bound
  uint64_t reply_truncated = 0;
  uint64_t coalesced_events = 0;   // content events that shared a receive with the one before
  uint64_t clamped = 0;            // values beyond a histogram's range

  uint64_t ended = 0;              // ok or failed
  uint64_t ended_ok = 0;
  uint64_t ended_good = 0;
  uint64_t ended_prompt_tokens = 0;      // of ok requests
  uint64_t ended_completion_tokens = 0;

  uint64_t prompt_tokens = 0;
  uint64_t cached_tokens = 0;
  uint64_t completion_tokens = 0;
  uint64_t reasoning_tokens = 0;
  uint64_t tokens_estimated = 0;   // requests whose tokens were counted from events instead of told by usage
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;

  std::array<uint64_t, kErrorClasses> errors{};  // by ErrorClass; [ok] stays 0
  std::map<int, uint64_t> status_codes;          // of every request that got a response

  RateLimits rate_limits;                        // as the answers told them

  Samples latency;            // end − intended of ok requests
  Samples service;            // end − sent
  Samples failed_latency;     // end − intended of failed ones
  Samples ttfb, ttft, ttfot;  // − intended
  Samples itl;                // every gap
  Samples tpot;
  Samples stream_tokens;      // tokens/s of one stream, in thousandths of a token/s

  std::optional<double> in_flight;   // mean over the window, when it was measured
  std::optional<double> cost_usd;    // when the profile has prices
  std::optional<bool> pass;          // of the thresholds that judge this row; absent: none does
};

// scheduled = ok + failed + cancelled + shed + in_flight_at_stop, warm-up included everywhere.
struct Conservation {
  uint64_t scheduled = 0;
  uint64_t ok = 0;
  uint64_t failed = 0;
  uint64_t cancelled = 0;          // the drain ran out
  uint64_t shed = 0;
  uint64_t in_flight_at_stop = 0;  // abandoned by a second signal
  uint64_t warmup = 0;             // the part of scheduled that was intended in a warm-up
  uint64_t resent = 0;             // tries beyond the first; no part of scheduled
  uint64_t preflight = 0;          // sent before the load; no part of scheduled
  uint64_t abandoned = 0;          // turns that a failed predecessor left; no part of scheduled

  uint64_t accounted() const { return ok + failed + cancelled + shed + in_flight_at_stop; }
  bool balanced() const { return scheduled == accounted(); }
  friend bool operator==(const Conservation&, const Conservation&) = default;
};

// ---- stages ----

enum class StageKind : uint8_t { closed, open };
enum class ArrivalKind : uint8_t { poisson, constant, gamma };

// One second of the run, all scenarios together. Percentiles are of the requests that ended in it, with 1 % resolution;
// -1: no samples.
struct SeriesPoint {
  int64_t t = 0;                   // whole seconds since the first stage began
  uint32_t stage = 0;              // number of the stage, from 1
  uint64_t scheduled = 0, sent = 0, ok = 0, failed = 0;
  uint64_t in_flight = 0;          // at the second's end
  int64_t lag_p99_us = -1;
  int64_t latency_p50_us = -1, latency_p99_us = -1;
  int64_t ttft_p50_us = -1, ttft_p99_us = -1;
  uint64_t prompt_tokens = 0, completion_tokens = 0;

  friend bool operator==(const SeriesPoint&, const SeriesPoint&) = default;
};

// A tenth of a steady window, all scenarios together. Percentiles are of the requests that ended in it, with 1 %
// resolution; absent: no samples, or among the censored.
struct StageTenth {
  uint64_t ok = 0, failed = 0;
  std::optional<int64_t> latency_p50_us, latency_p99_us, ttft_p50_us, ttft_p99_us;
};

// Whether a sustained stage declines: leaks and slow growth show between its ends.
struct StageDrift {
  StageTenth first, last;
};

struct StageResult {
  uint32_t stage = 0;              // from 1
  StageKind kind = StageKind::closed;
  double from = 0, to = 0;         // VUs, or requests/s; from == to unless it is a ramp
  ArrivalKind arrival = ArrivalKind::poisson;  // open stages
  double burstiness = 1;           // gamma: CV² of the gaps
  std::string shape;               // the shape it was expanded from; empty: none
  double duration_s = 0;           // planned, warm-up included
  uint64_t max_requests = 0;       // steady requests that end it before that; 0: no such bound
  double warmup_s = 0;
  double window_s = 0;             // of the steady part as it was run; 0: there is none
  bool complete = false;           // it ran to its planned end
  Stat total;
  std::vector<Stat> scenarios;
  Conservation conservation;
  Samples lag;                // sched_lag of its steady requests, µs
  std::optional<StageDrift> drift;  // of the sustained shape, when it had 10 s or more
};

// The requests of one prompt size, over all stages.
struct SizeSegment {
  std::string scenario;
  uint64_t tokens_from = 0, tokens_to = 0;  // prompt tokens, both included
  Stat stat;
};

// ---- judgements ----

struct ThresholdResult {
  std::string expr;                // as written: "rag:ttft_p99<=2s"
  uint32_t stage = 0;              // which stage this row judges; 0: the run as a whole
  std::string scenario;            // empty: the stage's total
  std::string metric;              // canonical: "ttft_p99"
  std::string op;                  // "<=", ">=", "<", ">"
  double limit = 0;                // ms, a share, 1/s or tokens/s
  std::optional<double> value;     // the same unit; absent: no samples, or among the censored
  bool pass = false;
  std::string note;                // "no data", ">120s", or empty

  friend bool operator==(const ThresholdResult&, const ThresholdResult&) = default;
};

enum class Verdict : uint8_t { valid, suspect, invalid };

struct HealthReason {
  std::string sign;                // "sched_lag_p99"
  Verdict severity = Verdict::suspect;
  double value = 0, limit = 0;
  std::string unit;                // "us", "share", "count", …
  uint32_t stage = 0;              // 0: the run as a whole
  std::string detail;              // what it means and what helps, one sentence

  friend bool operator==(const HealthReason&, const HealthReason&) = default;
};

struct ShardHealth {
  uint32_t shard = 0;
  int cpu = -1;                    // -1: not pinned
  double busy = 0;                 // share of wall time, 0 … 1
  uint64_t enters = 0;             // io_uring_enter calls
  uint64_t completions = 0;
  uint64_t overflow = 0;           // completion-queue overflows
  uint64_t buffers_exhausted = 0;  // receives that found no buffer
  uint64_t stale = 0;              // completions whose owner was gone

  friend bool operator==(const ShardHealth&, const ShardHealth&) = default;
};

struct FdHealth {
  uint64_t limit = 0, used_peak = 0;              // process file descriptors
  uint64_t direct_limit = 0, direct_used_peak = 0;  // of the rings' own tables, all shards

  friend bool operator==(const FdHealth&, const FdHealth&) = default;
};

// Local ports between one source address and one target address.
struct PortPair {
  std::string source;                     // empty: the kernel chose it
  std::string target;                     // "127.0.0.1:8080"
  uint64_t used_peak = 0;                 // by connections of this run
  uint64_t time_wait_predicted = 0;       // in TIME_WAIT after a minute of such a run
  uint64_t time_wait_blocking = 0;        // … of them, ports that a new connection could not use

  friend bool operator==(const PortPair&, const PortPair&) = default;
};

struct PortHealth {
  uint64_t available = 0;                 // of each pair
  uint64_t used_peak = 0, time_wait_predicted = 0, time_wait_blocking = 0;  // of the fullest pair
  std::vector<PortPair> pairs;            // the fullest first

  friend bool operator==(const PortHealth&, const PortHealth&) = default;
};

// One host of a merged run. Percentiles are of all its stages.
struct HostRow {
  std::string name;
  std::optional<Verdict> verdict;
  bool complete = false;
  uint64_t requests = 0, ok = 0, failed = 0, shed = 0;
  std::optional<double> throughput_rps, error_rate;
  std::optional<int64_t> latency_p50_us, latency_p99_us, ttft_p50_us, ttft_p99_us, lag_p99_us;

  friend bool operator==(const HostRow&, const HostRow&) = default;
};

// Is the generator the bottleneck? Absent figures were not measured.
struct GeneratorHealth {
  std::optional<Verdict> verdict;  // absent: not judged
  std::vector<HealthReason> reasons;
  FdHealth fd;
  PortHealth ports;
  Samples lag;                // µs, open stages
  Samples receive_lag;        // µs
  Samples loop_lag;           // µs between two reaps of one shard
  std::vector<ShardHealth> shards;
  uint64_t completions = 0;
  uint64_t overflow = 0;           // sums over the shards
  uint64_t buffers = 0, buffers_used_peak = 0, buffers_exhausted = 0;
  uint64_t enters = 0;
  uint64_t gen_errors = 0;
  uint64_t jsonl_written = 0, jsonl_dropped = 0;
  std::optional<double> offered_share;       // offered ÷ scheduled conversation starts
  std::optional<double> wrong_bin_share;     // sent in another 10 ms bin than intended
  std::optional<double> schedule_dispersion; // of intended counts; 1 for Poisson
  std::optional<double> steal;               // share of CPU time
  std::optional<double> other_load;          // of others on our CPUs, share
  std::optional<double> throttled;           // share of the periods of a CPU quota in which it was used up
  std::optional<double> target_cpu;          // of --pid, in CPUs
  std::optional<uint64_t> ctx_switches_voluntary, ctx_switches_involuntary;
  std::optional<uint64_t> retransmits, listen_overflows;
  std::optional<uint64_t> memory_peak_bytes;
};

// ---- the run ----

enum class EndedBy : uint8_t { plan, sigint, sigterm, sighup, abort_on, budget, preflight, running };

struct TargetInfo {
  std::string name;                // service, or empty
  std::string url;                 // as requested, without secrets
  std::string protocol;
  std::string model;

  friend bool operator==(const TargetInfo&, const TargetInfo&) = default;
};

struct HostInfo {
  std::string name, kernel, cpu_model;
  uint32_t cpus = 0;               // allowed to the process
  uint32_t shards = 0;
  uint64_t memory_bytes = 0;

  friend bool operator==(const HostInfo&, const HostInfo&) = default;
};

// The connections of a whole run. Counts are absent where nobody counted (a result rebuilt from a JSONL).
struct ConnectionFigures {
  std::optional<uint64_t> opened;          // TCP connections, preflight's among them
  std::optional<uint64_t> tls_handshakes;  // that succeeded
  std::optional<uint64_t> tls_resumed;     // … that went on with an earlier session
  Samples dns, connect, tls;               // µs, of steady requests that opened a connection
};

struct CostResult {
  std::optional<double> total_usd;  // absent: no prices
  std::optional<double> budget_usd;
  std::map<std::string, double> by_model;

  friend bool operator==(const CostResult&, const CostResult&) = default;
};

struct RunResult {
  int schema_version = kSchemaVersion;
  std::string version;             // of ringload
  std::string command;             // "run", "versus", …
  std::string profile_sha256;
  std::string profile_name;
  uint64_t seed = 1;
  std::string uuid_salt;           // hex
  std::map<std::string, std::string> labels;
  HostInfo host;
  double timeout_s = 120;          // what a figure among the censored is known to exceed
  int64_t started_unix_ms = 0;
  int64_t ended_unix_ms = 0;       // 0: still running
  std::vector<TargetInfo> targets; // in the order of the scenarios, without repeats
  std::vector<StageResult> stages;
  Stat aggregate;                  // of all stages
  Conservation conservation;
  std::vector<SeriesPoint> series;
  std::vector<SizeSegment> segments;
  std::vector<ThresholdResult> thresholds;
  std::vector<std::string> thresholds_off;  // "p95_ms": written as 0 in the profile
  GeneratorHealth health;
  std::vector<HostRow> hosts;         // of a merged run; else empty
  ConnectionFigures connections;
  CostResult cost;
  bool pass = true;                // no threshold failed
  bool complete = false;           // everything planned was run
  EndedBy ended_by = EndedBy::running;
  int exit_code = 0;
  std::vector<std::string> notes;     // what a reader must know to read the figures
  std::vector<std::string> warnings;
};

}  // namespace ringload
