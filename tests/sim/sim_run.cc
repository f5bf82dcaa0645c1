#include "sim_run.h"

namespace ringload {
namespace {

sim::SimOptions kernel_options(const SimRunOptions& options) {
  sim::SimOptions sim;
  sim.seed = options.seed;
  sim.features = io::kAllFeatures & ~options.masked_features;
  return sim;
}

}  // namespace

SimRun::SimRun(const SimRunOptions& options)
    : options_(options), kernel_(kernel_options(options)), generator_kernel_(kernel_.table()),
      world_(kernel_, options.seed) {
  if (options.wrap != nullptr) options.wrap(generator_kernel_);
  mock::MockOptions mock = options.mock;
  mock.listen = "10.0.0.1:8080";
  mock.seed = options.seed;
  mock.tls = options.certificate;
  auto plan = mock::plan_mock(mock);
  if (!plan) throw std::runtime_error(plan.error());
  shared_ = std::make_unique<mock::MockShared>(*plan);
  shared_->started = kernel_.now();
  mock::MockShardOptions mock_options;
  mock_options.connections = 2048;
  auto server = mock::MockShard::create(kernel_.table(), *shared_, mock_options);
  if (!server) throw std::runtime_error(server.error());
  mock_ = std::move(*server);
  io::SocketSpec spec;
  spec.listen = true;
  spec.local = &plan->listen.base;
  spec.local_size = plan->listen.size;
  listen_fd_ = kernel_.table().socket(kernel_.table().self, spec);
  if (listen_fd_ < 0) throw std::runtime_error("no listening socket");
  if (auto started = mock_->start(listen_fd_, -1); !started) throw std::runtime_error(started.error());
  world_.add("mock", [this] { mock_->step(kNever); });

  auto profile = parse_profile(options.profile, "sim.json", Environment::process());
  if (!profile) throw std::runtime_error(profile.error().front().text());
  profile_ = *profile;
  load::WorkloadOptions workload_options;
  workload_options.seed = options.seed;
  workload_options.uuid_salt = 1;
  workload_options.version = "sim";
  auto workload = load::Workload::make(profile_, workload_options);
  if (!workload) throw std::runtime_error(workload.error());
  workload_ = *workload;

  if (!options.certificate.empty()) {
    auto tls = tls::Context::client({.ca_file = options.certificate});
    if (!tls) throw std::runtime_error(tls.error());
    tls_ = *tls;
  }

  std::vector<engine::Shard*> shards;
  ended_.resize(options.shards);
  for (unsigned i = 0; i < options.shards; ++i) {
    wake_.push_back(kernel_.make_event());
    engine::ShardOptions shard;
    shard.index = i;
    shard.shards = options.shards;
    shard.exchanges = options.exchanges;
    shard.connections = options.connections;
    shard.receive_buffers = options.receive_buffers;
    shard.receive_buffer_size = 2048;
    shard.masked_features = options.masked_features;
    shard.timeout = options.timeout;
    shard.connect_timeout = options.timeout;
    shard.wake_fd = wake_.back();
    shard.poll_before = 0;
    shard.tls = tls_.get();
    auto made = engine::Shard::create(generator_kernel_, *workload_, shard);
    if (!made) throw std::runtime_error(made.error());
    shards_.push_back(std::move(*made));
    if (auto enabled = shards_.back()->enable(); !enabled) throw std::runtime_error(enabled.error());
    shards.push_back(shards_.back().get());
    world_.add("shard " + std::to_string(i), [this, i] { step(i); });
  }
  coordinator_ = std::make_unique<engine::Coordinator>(*workload_, shards,
                                                       [this](unsigned shard) { kernel_.signal(wake_[shard]); });
  coordinator_->set_addresses(0, std::vector<net::Address>{plan->listen});
  series_ = std::make_unique<engine::Series>(static_cast<uint32_t>(workload_->scenarios().size()));
  coordinator_->set_tick_listener([this](unsigned shard, const stats::CoarseTick& tick) { series_->add(shard, tick); });
}

void SimRun::step(unsigned shard) {
  const uint64_t handshakes = shards_[shard]->client().counters().handshakes;
  if (!ended_[shard]) ended_[shard] = !shards_[shard]->step();
  most_handshakes_ = std::max(most_handshakes_, shards_[shard]->client().counters().handshakes - handshakes);
  if (ended_[shard]) shards_[shard]->ring().submit_and_wait(1, kNever);  // sleeps from now on
}

SimRun::~SimRun() {
  shards_.clear();
  mock_.reset();
}

uint64_t SimRun::mock_requests() const {
  uint64_t total = 0;
  for (const mock::ShardCounters& counters : shared_->all_counters())
    for (const auto& statuses : counters.answers)
      for (const mock::Counter& count : statuses) total += count.value();
  return total;
}

StageResult SimRun::run_stage(size_t index, uint64_t max_requests) {
  stages_.reserve(16);
  stages_.push_back(profile_.stages[index]);
  Stage& stage = stages_.back();
  if (max_requests > 0) stage.max_requests = static_cast<int64_t>(max_requests);
  const auto number = static_cast<uint32_t>(stages_.size());
  const Nanos start = kernel_.now();
  series_->begin_stage(number, start, start + stage.warmup_ns);
  coordinator_->begin_stage(stage, number, start);
  std::optional<unsigned> over;
  const sim::Outcome outcome =
      world_.run_until([&] { return (over = coordinator_->poll()).has_value(); }, start + 600 * kSecond);
  EXPECT_EQ(outcome, sim::Outcome::reached) << world_.describe();
  if (!over) return {};
  result_.stages.push_back(engine::stage_result(*workload_, stage, coordinator_->finish_stage(*over), *series_));
  series_->end_stage(number);
  return result_.stages.back();
}

std::vector<StageResult> SimRun::run_stages() {
  engine::StageSequence sequence(*coordinator_, profile_.stages, 1);
  const Nanos began = kernel_.now();
  bool done = false;
  world_.add_periodic("session", [&] {
    while (!done) {
      if (const auto begun = sequence.begin_due(kernel_.now())) {
        series_->begin_stage(begun->number, began, begun->warmup_end());
      } else if (const auto over = coordinator_->poll()) {
        const engine::StageSequence::Running one = sequence.take_over(*over);
        result_.stages.push_back(
            engine::stage_result(*workload_, *one.stage, coordinator_->finish_stage(*over), *series_));
        series_->end_stage(one.number);
      } else {
        done = sequence.over();
        return;
      }
    }
  }, 2 * kMillisecond);
  const sim::Outcome outcome = world_.run_until([&] { return done; }, began + 600 * kSecond);
  EXPECT_EQ(outcome, sim::Outcome::reached) << world_.describe();
  done = true;
  std::ranges::sort(result_.stages, {}, &StageResult::stage);
  return result_.stages;
}

void SimRun::quit() {
  coordinator_->quit();
  const sim::Outcome outcome = world_.run_until(
      [&] { return std::all_of(ended_.begin(), ended_.end(), [](char e) { return e != 0; }); },
      kernel_.now() + 60 * kSecond);
  EXPECT_EQ(outcome, sim::Outcome::reached) << world_.describe();
  world_.run_for(20 * kSecond);  // what the mock still has to say and close
}

std::string SimRun::summary() {
  RunResult result = result_;
  result.series = series_->points();
  engine::aggregate_stages(result);
  return summary_json(result);
}

}  // namespace ringload
