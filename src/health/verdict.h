// Is the generator the bottleneck? One verdict for a run, from figures alone: no clock, no files, no state.
//
// `suspect`: some figures may be the generator's own. `invalid`: they are, or the load was not the one asked for.
// It must never cry wolf: each sign has a bound below which it says nothing (docs/metrics.md has the table).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "health/arrival_audit.h"
#include "ringload/result.h"

namespace ringload::health {

// What set the most requests that may be in flight.
enum class InFlightLimit : uint8_t { fd, ports, timeout, user };

struct ShardBusy {
  uint32_t shard = 0;
  double mean = 0;                  // of the stage's wall time, 0 … 1
  double seconds_above_95 = 0;      // share of the stage's seconds in which it was busy for more than 95 %
};

// One stage. Times in µs; absent: no samples. Counts cover the warm-up as far as the engine counted them there.
struct StageSigns {
  uint32_t number = 0;              // from 1
  bool open = false;
  std::optional<int64_t> sched_lag_p99, receive_lag_p99;
  std::optional<int64_t> ttfb_p50, ttft_p50;
  std::optional<int64_t> itl_p50;   // of gaps > 0
  double coalesced = 0;             // share of the gaps that were 0, 0 … 1
  uint64_t starts_scheduled = 0;    // conversation starts of an open stage, up to where it was stopped
  uint64_t starts_offered = 0;      // those begun (or shed) before the stage's end
  uint64_t requests = 0;
  uint64_t shed = 0;
  uint64_t gen_fd_errors = 0, gen_port_errors = 0;
  uint64_t gen_overload_errors = 0; // without shed requests
  uint64_t wrong_bin = 0, binned = 0;  // requests sent in another 10 ms bin than intended, of those that were looked at
  std::vector<ShardBusy> busy;
  std::optional<ArrivalAudit> audit;
};

struct HealthInputs {
  std::vector<StageSigns> stages;
  uint64_t completions = 0, overflow = 0, buffers_exhausted = 0;  // of all shards
  uint64_t jsonl_dropped = 0;
  uint64_t reply_truncated = 0;
  std::optional<double> steal;        // share of CPU time that the hypervisor gave to others
  std::optional<double> other_load;   // share of time that shards were ready to run and others had their CPU
  std::optional<double> throttled;    // share of its periods in which a CPU quota stopped the process
  uint64_t max_in_flight = 0;         // over all shards; 0: not limited
  InFlightLimit max_in_flight_reason = InFlightLimit::timeout;
};

struct Judgement {
  Verdict verdict = Verdict::valid;   // the worst of the reasons
  std::vector<HealthReason> reasons;  // invalid ones first, else in the table's order
  std::vector<std::string> notes;     // what a reader should know and what is no fault
};

Judgement judge(const HealthInputs& inputs);

}  // namespace ringload::health
