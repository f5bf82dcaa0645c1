// Whole runs over TLS in simulation. BoringSSL draws its own random bytes, so these runs are not the same each time; what
// must hold holds of all of them.
#include <gtest/gtest.h>

#include "../unit/tls/certificates.h"
#include "sim_run.h"

namespace ringload {
namespace {

SimRunOptions secure(uint64_t seed = 1) {
  static const tls::test::Folder folder;
  static const std::string certificate = [] {
    const tls::test::Issued issued = tls::test::issue({.addresses = {"10.0.0.1"}}, nullptr);
    return folder.write("server.pem", {&issued}, issued.key.get());
  }();
  SimRunOptions options;
  options.seed = seed;
  options.certificate = certificate;
  options.profile = R"({"defaults": {"target": "https://10.0.0.1:8080", "model": "m", "stream": true, "max_tokens": 8},
                        "stages": [{"concurrency": 16, "duration": "10s"}],
                        "scenarios": [{"name": "s", "content": {"mode": "sized", "approx_input_tokens": 64}}]})";
  return options;
}

void expect_all_returned(SimRun& run) {
  EXPECT_EQ(run.shard(0).blocks().taken(), 0u);
  EXPECT_EQ(run.shard(0).client().connections(), 0u);
  EXPECT_EQ(run.shard(0).client().buffers().out(), 0u);
  EXPECT_EQ(run.mock().blocks_taken(), 0u);
  EXPECT_TRUE(run.kernel().violations().empty()) << run.kernel().violations().front();
}

TEST(SimulatedTls, CutAnywhereEverythingIsOkAndBothSidesAgree) {
  SimRun run(secure());
  const StageResult stage = run.run_stage(0, 2000);
  EXPECT_TRUE(stage.conservation.balanced());
  EXPECT_EQ(stage.total.ok, 2000u);
  EXPECT_EQ(stage.total.completion_tokens, 2000u * 8);
  EXPECT_EQ(run.mock_requests(), 2000u);
  EXPECT_EQ(run.shard(0).client().counters().handshakes, 16u);
  run.quit();
  expect_all_returned(run);
}

TEST(SimulatedTls, ManyHandshakesAtOnceTakeTheirTurns) {
  SimRunOptions options = secure(2);
  options.connections = options.exchanges = 300;
  options.profile = R"({"defaults": {"target": "https://10.0.0.1:8080", "model": "m", "max_tokens": 8},
                        "stages": [{"concurrency": 300, "duration": "10s"}]})";
  SimRun run(options);
  const StageResult stage = run.run_stage(0, 1000);
  EXPECT_EQ(stage.total.ok, 1000u);
  EXPECT_EQ(run.shard(0).client().counters().handshakes, 300u);
  // Those that came in time, and then some of those that had waited.
  EXPECT_LE(run.most_handshakes_at_once(), net::Client::kHandshakeSteps);
  run.quit();
  expect_all_returned(run);
}

TEST(SimulatedTls, WithEveryFaultRequestsAndMemoryAreConserved) {
  using sim::Fault;
  for (const uint64_t seed : {3, 4}) {
    SimRunOptions options = secure(seed);
    options.receive_buffers = 16;
    options.mock.fault = "reset=1%,500=1%,stall=0.2%:300ms,truncate=1%,malformed=0.5%";
    options.mock.itl = "exp(300us)";
    SimRun run(options);
    sim::Faults& faults = run.kernel().faults();
    for (const auto& [fault, probability] :
         {std::pair{Fault::short_send, 0.002}, {Fault::reset, 0.05}, {Fault::early_fin, 0.05},
          {Fault::no_buffers, 0.01}, {Fault::lost_multishot, 0.01}, {Fault::delay, 0.02}, {Fault::reorder, 0.02},
          {Fault::syn_lost, 0.01}, {Fault::process_files, 0.005}, {Fault::no_address, 0.005},
          {Fault::spurious_wake, 0.02}})
      faults.set(fault, probability);
    uint64_t requests = 0;
    while (requests < 3000) {
      const StageResult stage = run.run_stage(0, 3000 - requests);
      EXPECT_TRUE(stage.conservation.balanced());
      ASSERT_GT(stage.conservation.scheduled, 0u);
      EXPECT_GT(stage.total.ok, 0u);
      requests += stage.conservation.scheduled;
    }
    EXPECT_GT(run.shard(0).client().counters().resumed, 0u);
    faults.set_all(0);
    run.quit();
    expect_all_returned(run);
  }
}

}  // namespace
}  // namespace ringload
