// The whole generator against the whole mock on one simulated kernel: shards, coordinator and mock take turns in one
// virtual world.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/coordinator.h"
#include "engine/series.h"
#include "engine/stage_result.h"
#include "engine/stage_sequence.h"
#include "mock/plan.h"
#include "mock/shard.h"
#include "ringload/profile_load.h"
#include "ringload/report.h"
#include "sim/world.h"
#include "tls/context.h"

namespace ringload {

struct SimRunOptions {
  uint64_t seed = 1;
  unsigned shards = 1;
  uint32_t masked_features = 0;
  std::string profile = R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "stream": true, "max_tokens": 8},
                            "stages": [{"concurrency": 16, "duration": "10s"}],
                            "scenarios": [{"name": "s", "content": {"mode": "sized", "approx_input_tokens": 64}}]})";
  mock::MockOptions mock;
  std::string certificate;       // PEM, chain and key, which both sides trust: https
  uint32_t connections = 256;    // per shard
  uint32_t exchanges = 128;
  uint32_t receive_buffers = 64;
  Nanos timeout = 5 * kSecond;
  void (*wrap)(io::Kernel&) = nullptr;  // puts something between the generator's shards and their kernel
};

class SimRun {
 public:
  explicit SimRun(const SimRunOptions& options);
  ~SimRun();

  sim::SimKernel& kernel() { return kernel_; }
  sim::World& world() { return world_; }
  engine::Coordinator& coordinator() { return *coordinator_; }
  engine::Series& series() { return *series_; }
  engine::Shard& shard(unsigned i) { return *shards_[i]; }
  mock::MockShard& mock() { return *mock_; }
  uint64_t mock_requests() const;  // that the mock read whole
  // The most TLS handshakes that one turn of a shard has finished.
  uint64_t most_handshakes_at_once() const { return most_handshakes_; }
  const load::Workload& workload() const { return *workload_; }

  // Runs the profile's stage `index` (from 0) to its end.
  StageResult run_stage(size_t index, uint64_t max_requests = 0);
  // Runs all of the profile's stages as a session does: open ones without a gap.
  std::vector<StageResult> run_stages();
  // Ends the generator's shards and lets the network come to rest.
  void quit();
  // The summary of what has been run, as a report would have it.
  std::string summary();
  RunResult result() const { return result_; }

 private:
  void step(unsigned shard);

  SimRunOptions options_;
  sim::SimKernel kernel_;
  io::Kernel generator_kernel_;
  sim::World world_;
  std::unique_ptr<mock::MockShared> shared_;
  std::unique_ptr<mock::MockShard> mock_;
  int listen_fd_ = -1;
  Profile profile_;
  std::shared_ptr<const load::Workload> workload_;
  std::shared_ptr<const tls::Context> tls_;
  std::vector<std::unique_ptr<engine::Shard>> shards_;
  std::vector<int> wake_;
  std::vector<char> ended_;
  uint64_t most_handshakes_ = 0;
  std::unique_ptr<engine::Coordinator> coordinator_;
  std::unique_ptr<engine::Series> series_;
  std::vector<Stage> stages_;  // as they were run
  RunResult result_;
};

}  // namespace ringload
