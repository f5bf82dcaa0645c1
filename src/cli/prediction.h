// What a run will send, as far as that is known before it: of open stages and of those with a number of requests.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "load/workload.h"

namespace ringload::cli {

struct Prediction {
  std::optional<double> requests;      // absent: some closed stage ends by time alone
  bool at_most = false;                // a stage's duration may end it before its number of requests
  std::optional<double> input_tokens;  // the context of later turns included
  std::optional<double> output_tokens;  // at most: max_tokens in every answer; absent when some
                                        // scenario has no such bound
  std::optional<double> cost_usd;      // of those tokens; absent without a price for every model
  double jsonl_line_bytes = 0;         // of a good turn's line, mean over the scenarios
};
Prediction predict(const load::Workload& workload);

// What the busiest open stage moves, and what it costs a core; of one request where only closed stages run. Estimates
// from typical sizes and costs: every answer as long as max_tokens allows, every streamed token in an event of its own.
struct Traffic {
  std::optional<double> requests_per_s;  // absent: only closed stages
  double sent_bytes = 0;                 // of a request
  std::optional<double> received_bytes;  // of its answer; absent when some scenario has no max_tokens
  std::optional<double> cpu_us;          // of a shard, for a request, when each token of a stream comes alone …
  std::optional<double> cpu_us_least;    // … and when they come at once
};
Traffic predict_traffic(const load::Workload& workload);

// Of the JSONL; absent when the requests are not known.
std::optional<uint64_t> predicted_jsonl_bytes(const Prediction& prediction, double sample);
// Free space of the file system that `directory` lies in, or will be made in. 0 when it cannot be told.
uint64_t free_bytes_at(const std::string& directory);
// Why that directory cannot hold the JSONL; empty when it can, or when it is not known. An error, unless at_most.
std::string disk_complaint(const Prediction& prediction, double sample, const std::string& directory);

}  // namespace ringload::cli
