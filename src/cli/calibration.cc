#include "cli/calibration.h"

#include <algorithm>

#include "engine/capacity.h"
#include "mock/options.h"
#include "mock/plan.h"
#include "mock/server.h"
#include "report/figures.h"
#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

constexpr int64_t kWarmUp = 500'000'000, kStage = 3'000'000'000;  // ns, the warm-up included
constexpr unsigned kUsersPerShard = 64;
constexpr unsigned kMockConnections = 4096;  // per shard
constexpr int64_t kFirstTokenUs = 20'000;
constexpr double kMostTimedRate = 2000, kLeastTimedRate = 100;

struct Load {
  bool stream = false;
  std::string stages;
  std::string ttft = "0";
};

struct Measured {
  StageResult stage;
  double busy = 0;
};

std::expected<Measured, std::string> measure(const Load& load, const SessionOptions& options) {
  mock::MockOptions upstream;
  upstream.listen = "127.0.0.1:0";
  upstream.shards = options.shards;
  upstream.connections = kMockConnections;
  upstream.ttft = load.ttft;
  const auto plan = mock::plan_mock(upstream);
  if (!plan) return std::unexpected(plan.error());
  const auto server = mock::MockServer::start(*plan);
  if (!server) return std::unexpected(server.error());

  Overrides overrides;
  overrides.target = "http://" + (*server)->address().text();
  overrides.model = "calibration";
  overrides.stream = load.stream;
  overrides.stages = load.stages;
  if (load.stages.starts_with('@')) overrides.arrival = "constant";
  overrides.warmup_ns = kWarmUp;
  overrides.timeout_ns = 2'000'000'000;  // also bounds what is in flight, so that little is planned
  const ProfileResult profile = profile_from_flags(Environment{[](auto) { return std::nullopt; }, {}}, overrides);
  if (!profile) return std::unexpected(profile.error().front().text());
  auto session = Session::create(*profile, options);
  if (!session) return std::unexpected(session.error());
  Measured measured;
  measured.stage = (*session)->run_stage(profile->stages.front(), 1, {});
  RunResult result;
  (*session)->finish(result);
  for (const ShardHealth& shard : result.health.shards) measured.busy = std::max(measured.busy, shard.busy);
  if (measured.stage.total.ok == 0) return std::unexpected("no request to the mock was answered");
  return measured;
}

std::expected<CalibratedThroughput, std::string> throughput(bool stream, const SessionOptions& options) {
  const std::string users = std::to_string(kUsersPerShard * options.shards);
  const auto measured = measure({stream, users + ":" + format_duration(kStage), "0"}, options);
  if (!measured) return std::unexpected(measured.error());
  CalibratedThroughput found;
  found.requests_per_s = report::ok_rps(measured->stage.total).value_or(0);
  found.errors = report::error_rate(measured->stage.total).value_or(0);
  found.busy = measured->busy;
  return found;
}

std::expected<CalibratedTiming, std::string> timing(double rate, const SessionOptions& options) {
  CalibratedTiming found;
  found.rate = std::clamp(rate, kLeastTimedRate, kMostTimedRate);
  const auto whole = static_cast<int64_t>(found.rate);
  found.rate = static_cast<double>(whole);
  const auto measured = measure({true, "@" + std::to_string(whole) + ":" + format_duration(kStage),
                                 format_duration(kFirstTokenUs * 1000)}, options);
  if (!measured) return std::unexpected(measured.error());
  const auto beyond = [&](double percentile) -> std::optional<int64_t> {
    const auto ttft = report::percentile_of(measured->stage.total.ttft, percentile);
    return ttft ? std::optional(*ttft - kFirstTokenUs) : std::nullopt;
  };
  found.lag_p50_us = report::percentile_of(measured->stage.lag, 50);
  found.lag_p99_us = report::percentile_of(measured->stage.lag, 99);
  found.ttft_error_p50_us = beyond(50);
  found.ttft_error_p99_us = beyond(99);
  return found;
}

}  // namespace

std::expected<Calibration, std::string> calibrate(const SessionOptions& wanted) {
  SessionOptions options = wanted;
  // The mock needs CPUs too: half of them each.
  if (options.shards == 0) options.shards = std::max(1u, engine::HostLimits::read().cpus / 2);
  Calibration found;
  found.shards = options.shards;
  const auto plain = throughput(false, options);
  if (!plain) return std::unexpected(plain.error());
  found.plain = *plain;
  const auto streamed = throughput(true, options);
  if (!streamed) return std::unexpected(streamed.error());
  found.streamed = *streamed;
  const auto timed = timing(streamed->requests_per_s / 10, options);
  if (!timed) return std::unexpected(timed.error());
  found.timing = *timed;
  return found;
}

}  // namespace ringload::cli
