#include <sys/random.h>

#include <algorithm>
#include <future>
#include <thread>

#include "engine/block_runner.h"
#include "engine/capacity.h"
#include "engine/coordinator.h"
#include "engine/figure_so_far.h"
#include "engine/jsonl_writer.h"
#include "engine/preflight_log.h"
#include "engine/run_health.h"
#include "engine/segment_totals.h"
#include "engine/series.h"
#include "engine/shard_thread.h"
#include "engine/stage_result.h"
#include "engine/stage_sequence.h"
#include "engine/stage_signs.h"
#include "health/process_watch.h"
#include "load/json_value.h"
#include "net/resolver.h"
#include "ringload/run.h"
#include "ringload/version.h"
#include "tls/context.h"

namespace ringload {

using namespace engine;

namespace {

// Where a shard shares its CPU with this thread, each of its turns is a request that is late.
constexpr auto kPoll = std::chrono::milliseconds(10);
constexpr Nanos kDrainAfterStop = 5 * kSecond;

Nanos now() { return io::linux_kernel().now(nullptr); }

uint64_t draw_salt() {
  uint64_t salt = 0;
  if (::getrandom(&salt, sizeof salt, 0) != sizeof salt) salt = static_cast<uint64_t>(now());
  return salt;
}

std::string hex(uint64_t value) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return digits;
}

bool is_numeric(const std::string& host) { return net::Address::parse(host, 1).has_value(); }

// CPUs that this process may use, in order.
std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<unsigned>(cpu), &allowed)) cpus.push_back(cpu);
  return cpus;
}

}  // namespace

struct Session::Impl {
  SessionOptions options;
  uint64_t salt = 0;
  std::shared_ptr<const load::Workload> workload;
  Capacity capacity;
  std::shared_ptr<const tls::Context> tls;       // when a target is https
  std::vector<net::FixedName> fixed_names;
  std::vector<std::unique_ptr<ShardThread>> threads;
  std::vector<std::unique_ptr<TurnSink>> sinks;  // by shard
  std::unique_ptr<JsonlWriter> jsonl;
  std::unique_ptr<PreflightLog> preflight;
  std::unique_ptr<Coordinator> coordinator;
  std::unique_ptr<Series> series;
  std::unique_ptr<SegmentTotals> segments;
  std::unique_ptr<health::ProcessWatch> watch;
  std::future<std::vector<std::vector<net::Address>>> resolving;
  std::vector<std::vector<net::Address>> addresses;  // by target
  Nanos resolve_next = kNever;
  Nanos run_began = 0;
  Nanos stage_began = 0, steady_began = 0;
  int stops_seen = 0;
  std::vector<std::unique_ptr<Spending>> spendings;  // by shard; empty without prices
  bool budget_spent = false;
  bool quit = false;
  uint64_t preflight_requests = 0;
  std::vector<health::StageSigns> signs;  // of the stages that are over
  Histogram lag, receive_lag;  // over all stages, µs
  ConnectionFigures connections;

  ~Impl() { shut_down(); }

  std::expected<void, std::string> start(const Profile& profile);
  std::vector<std::vector<net::Address>> resolve_all() const;
  std::expected<net::LocalPorts::Plan, std::string> plan_local_ports(const HostLimits& limits) const;
  void keep_addresses_fresh(Nanos at);
  // One turn of waiting: takes what shards report, heeds signals, looks after names. A stage slot that is over.
  std::optional<unsigned> turn();
  void heed_stop_requests();
  void heed_budget();
  double spent_usd() const;
  void describe_cost(RunResult& result) const;
  void shut_down();
};

std::expected<void, std::string> Session::Impl::start(const Profile& profile) {
  raise_open_files();
  salt = options.uuid_salt.value_or(draw_salt());
  load::WorkloadOptions workload_options;
  workload_options.seed = options.seed;
  workload_options.uuid_salt = salt;
  workload_options.rank = options.rank;
  workload_options.version = RINGLOAD_VERSION;
  workload_options.extra_adapters = options.extra_adapters;
  auto made = load::Workload::make(profile, workload_options);
  if (!made) return std::unexpected(made.error());
  workload = *made;

  const HostLimits limits = HostLimits::read();
  auto planned = plan_capacity(*workload, limits, options.shards, static_cast<unsigned>(options.source_ips.size()));
  if (!planned) return std::unexpected(planned.error());
  capacity = *planned;

  for (const std::string& text : options.resolve) {
    auto fixed = net::parse_fixed_name(text);
    if (!fixed) return std::unexpected("--resolve: found " + load::shown(text) + ": " + fixed.error());
    fixed_names.push_back(std::move(*fixed));
  }
  bool secure = false;
  for (const Target& target : workload->targets()) {
    secure = secure || target.https;
    auto resolved = net::resolve(target.host, target.port, fixed_names);
    if (!resolved) return std::unexpected(resolved.error());
    addresses.push_back(std::move(*resolved));
    if (!is_numeric(target.host)) resolve_next = now() + workload->profile().dns_ttl_ns;
  }

  if (secure) {
    auto made_tls = tls::Context::client({!profile.insecure_skip_verify, options.tls.ca, options.tls.certificate,
                                          options.tls.key});
    if (!made_tls) return std::unexpected("TLS: " + made_tls.error());
    tls = std::move(*made_tls);
  }

  if (!options.jsonl_path.empty()) {
    auto writer = JsonlWriter::create(options.jsonl_path, *workload, capacity.shards);
    if (!writer) return std::unexpected(writer.error());
    jsonl = std::move(*writer);
  }
  preflight = std::make_unique<PreflightLog>(static_cast<uint32_t>(workload->scenarios().size()));

  const std::vector<int> cpus = options.cpus.empty() ? allowed_cpus() : options.cpus;
  // With a CPU to spare the shards leave the last one to writer and reports.
  const bool pin = !options.cpus.empty() || capacity.shards < cpus.size();
  auto local_ports = plan_local_ports(limits);
  if (!local_ports) return std::unexpected(local_ports.error());

  std::vector<Shard*> shards;
  for (unsigned i = 0; i < capacity.shards; ++i) {
    ShardOptions shard;
    shard.index = i;
    shard.shards = capacity.shards;
    shard.exchanges = capacity.exchanges;
    shard.connections = capacity.connections;
    shard.receive_buffers = capacity.receive_buffers;
    shard.receive_buffer_size = capacity.receive_buffer_size;
    shard.masked_features = io::masked_features_from_environment();
    shard.timeout = profile.timeout_ns;
    shard.connect_timeout = profile.connect_timeout_ns;
    shard.tls = tls.get();
    shard.reader.max_event_bytes = static_cast<size_t>(profile.max_event_bytes);
    shard.reader.error_body_bytes =
        static_cast<uint32_t>(std::max<int64_t>(PreflightLog::kBodyBytes, profile.capture_error_body));
    shard.reader.want_trace_id = jsonl != nullptr;
    shard.reader.keep_good_bodies = options.keep_good_bodies;
    shard.local_ports = *local_ports;
    shard.local_ports.shard = i;
    shard.local_ports.shards = capacity.shards;
    const int cpu = pin ? cpus[i % cpus.size()] : -1;
    auto thread = ShardThread::start(*workload, shard, cpu);
    if (!thread) return std::unexpected(thread.error());
    threads.push_back(std::move(*thread));
    shards.push_back(&threads.back()->shard());
    if (!profile.prices.empty()) spendings.push_back(std::make_unique<Spending>(*workload));
    sinks.push_back(std::make_unique<TurnSink>(preflight.get(), jsonl ? jsonl->queue(i) : nullptr,
                                                  options.jsonl_sample,
                                                  static_cast<uint32_t>(profile.capture_error_body),
                                                  spendings.empty() ? nullptr : spendings.back().get()));
    shards.back()->set_turn_log(sinks.back().get());
  }
  if (jsonl) {
    std::vector<int> busy;
    for (const auto& thread : threads) busy.push_back(thread->cpu());
    jsonl->start(busy);
  }
  coordinator = std::make_unique<Coordinator>(*workload, shards, [this](unsigned shard) { threads[shard]->wake(); });
  for (uint32_t t = 0; t < addresses.size(); ++t) coordinator->set_addresses(t, addresses[t]);
  series = std::make_unique<Series>(static_cast<uint32_t>(workload->scenarios().size()));
  segments = std::make_unique<SegmentTotals>(*workload);
  coordinator->set_tick_listener(
      [this](unsigned shard, const stats::CoarseTick& tick) { series->add(shard, tick); });
  std::vector<health::ProcessWatch::Thread> watched;
  for (const auto& thread : threads) watched.push_back({thread->tid(), thread->cpu()});
  watch = std::make_unique<health::ProcessWatch>(watched);
  return {};
}

// Sources first; where they do not keep each below half of the range, windows of it.
std::expected<net::LocalPorts::Plan, std::string> Session::Impl::plan_local_ports(const HostLimits& limits) const {
  net::LocalPorts::Plan plan;
  for (const std::string& source : options.source_ips) {
    auto address = net::Address::parse(source, 0);
    if (!address) return std::unexpected("--source-ip: " + address.error());
    plan.sources.push_back(*address);
  }
  bool loopback = true;
  for (const auto& list : addresses)
    for (const net::Address& address : list) loopback = loopback && address.is_loopback() && address.family() == AF_INET;
  if (plan.sources.empty() && loopback && capacity.source_addresses > 1)
    plan.sources = net::LocalPorts::loopback_sources(capacity.source_addresses);
  const uint64_t of_each = (capacity.local_ports + capacity.time_wait_ports) / std::max<size_t>(1, plan.sources.size());
  if (of_each > limits.ports() / 2) {
    plan.port_low = limits.port_low;
    plan.port_high = limits.port_high;
  }
  return plan;
}

// Off the shards; a name that cannot be resolved any more keeps its old addresses.
std::vector<std::vector<net::Address>> Session::Impl::resolve_all() const {
  std::vector<std::vector<net::Address>> lists;
  for (const Target& target : workload->targets())
    lists.push_back(net::resolve(target.host, target.port, fixed_names).value_or(std::vector<net::Address>{}));
  return lists;
}

void Session::Impl::keep_addresses_fresh(Nanos at) {
  if (resolving.valid()) {
    if (resolving.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    auto lists = resolving.get();
    for (uint32_t t = 0; t < lists.size(); ++t) {
      if (lists[t].empty()) continue;
      addresses[t] = lists[t];  // the same ones too: what refused connections gets another chance
      coordinator->set_addresses(t, addresses[t]);
    }
    resolve_next = at + workload->profile().dns_ttl_ns;
  } else if (at >= resolve_next) {
    resolving = std::async(std::launch::async, [this] { return resolve_all(); });
  }
}

void Session::Impl::heed_stop_requests() {
  if (options.stop_requests == nullptr) return;
  const int requests = options.stop_requests->load(std::memory_order_relaxed);
  if (requests > 0 && stops_seen == 0) {
    stops_seen = 1;
    coordinator->stop(now() + kDrainAfterStop);
  }
  if (requests > 1 && stops_seen == 1) {
    stops_seen = 2;
    coordinator->abandon();
  }
}

double Session::Impl::spent_usd() const {
  double sum = 0;
  for (const auto& spending : spendings) sum += spending->usd();
  return sum;
}

// What is in flight by then is still paid for.
void Session::Impl::heed_budget() {
  const auto& budget = workload->profile().budget_usd;
  if (!budget || budget_spent || spent_usd() < *budget) return;
  budget_spent = true;
  if (stops_seen > 0) return;
  stops_seen = 1;
  coordinator->stop(now() + kDrainAfterStop);
}

void Session::Impl::describe_cost(RunResult& result) const {
  const Profile& profile = workload->profile();
  result.cost.budget_usd = profile.budget_usd;
  if (spendings.empty()) return;
  for (const load::ScenarioPlan& plan : workload->scenarios()) {
    if (price_of(profile, *plan.scenario) == nullptr) continue;
    double& usd = result.cost.by_model[plan.scenario->model];
    for (const auto& spending : spendings) usd += spending->usd(plan.index);
  }
  if (all_priced(profile)) result.cost.total_usd = spent_usd();
}

std::optional<unsigned> Session::Impl::turn() {
  if (const auto over = coordinator->poll()) return over;
  std::this_thread::sleep_for(kPoll);
  heed_stop_requests();
  heed_budget();
  keep_addresses_fresh(now());
  return std::nullopt;
}

void Session::Impl::shut_down() {
  if (quit || !coordinator) {
    // Shards that were started before something else failed still wait for their end.
    if (!quit)
      for (auto& thread : threads) {
        thread->shard().mailbox().commands.try_push(Command{});
        thread->wake();
      }
    threads.clear();
    return;
  }
  quit = true;
  coordinator->quit();
  for (auto& thread : threads) thread->join();
  if (jsonl) jsonl->finish();
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

std::expected<std::unique_ptr<Session>, std::string> Session::create(const Profile& profile,
                                                                     const SessionOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (auto started = impl->start(profile); !started) return std::unexpected(started.error());
  return std::unique_ptr<Session>(new Session(std::move(impl)));
}

unsigned Session::shards() const { return impl_->capacity.shards; }
uint64_t Session::uuid_salt() const { return impl_->salt; }

std::vector<PreflightAnswer> Session::preflight() {
  Impl& s = *impl_;
  s.coordinator->begin_preflight(now());
  std::optional<unsigned> over;
  while (!over) over = s.turn();
  s.coordinator->finish_stage(*over);
  s.preflight_requests += s.workload->scenarios().size();
  return s.preflight->answers();
}

StageResult Session::run_stage(const Stage& stage, uint32_t number,
                               const std::function<void(const Progress&)>& on_progress) {
  StageResult result;
  run_stages({&stage, 1}, number, on_progress, [&](StageResult&& one) { result = std::move(one); });
  return result;
}

void Session::run_stages(std::span<const Stage> stages, uint32_t first_number,
                         const std::function<void(const Progress&)>& on_progress,
                         const std::function<void(StageResult&&)>& on_done) {
  Impl& s = *impl_;
  StageSequence sequence(*s.coordinator, stages, first_number);
  uint32_t latest = first_number;       // whose progress is told
  Nanos next_second = now() + kSecond;
  for (;;) {
    if (s.stops_seen > 0 || (s.options.stop_requests != nullptr && s.options.stop_requests->load() > 0)) sequence.stop();
    if (const auto begun = sequence.begin_due(now())) {
      if (s.run_began == 0) s.run_began = begun->start;
      s.series->begin_stage(begun->number, s.run_began, begun->warmup_end());
      s.stage_began = begun->start;
      s.steady_began = begun->warmup_end();
      latest = begun->number;
      continue;
    }
    if (sequence.over()) return;
    if (const auto over = s.turn()) {
      const StageSequence::Running done = sequence.take_over(*over);
      const StageOutcome outcome = s.coordinator->finish_stage(*over);
      s.lag.add(outcome.recorder.shard().sched_lag);
      s.receive_lag.add(outcome.recorder.shard().receive_lag);
      s.connections.dns.values.add(outcome.recorder.shard().dns);
      s.connections.connect.values.add(outcome.recorder.shard().connect);
      s.connections.tls.values.add(outcome.recorder.shard().tls);
      StageResult result = stage_result(*s.workload, *done.stage, outcome, *s.series);
      s.segments->add(outcome.segments, result.window_s);
      s.signs.push_back(stage_signs(*done.stage, outcome, result));
      s.series->end_stage(done.number);
      on_done(std::move(result));
    }
    const Nanos at = now();
    if (at < next_second) continue;
    next_second += kSecond;
    s.watch->sample();
    if (!on_progress) continue;
    for (const auto& [slot, one] : sequence.running())
      if (one.number == latest) {
        Progress progress = progress_of(*s.series, *one.stage, one.number, one.start, at);
        if (!s.spendings.empty()) progress.spent_usd = s.spent_usd();
        on_progress(progress);
      }
  }
}

void Session::run_blocks(const BlockRun& run) {
  Impl& s = *impl_;
  s.coordinator->set_tick_listener({});
  BlockRunner::Options options{run.bounds, run.arrival, run.first_number, run.next, {}};
  options.on_ended = [&](uint32_t number, const StageOutcome& outcome) {
    Histogram latency;
    for (uint32_t i = 0; i < outcome.recorder.scenarios(); ++i)
      latency.add(outcome.recorder.scenario(i)[stats::Figure::latency]);
    if (!run.on_ended) return;
    run.on_ended({number, latency.empty() ? -1 : latency.value_at_percentile(50),
                  latency.empty() ? -1 : latency.value_at_percentile(99)});
  };
  BlockRunner runner(*s.coordinator, options);
  bool stopping = false;
  while (!runner.done()) {
    runner.step(now(), s.turn());
    if (s.stops_seen == 0 || stopping) continue;
    stopping = true;
    runner.stop(now() + kDrainAfterStop);
  }
  s.coordinator->set_bounds_listener({});
}

std::optional<double> Session::figure_so_far(const Threshold& threshold) const {
  const Impl& s = *impl_;
  if (!s.series->running()) return std::nullopt;
  uint32_t row = static_cast<uint32_t>(s.workload->scenarios().size());
  for (const load::ScenarioPlan& plan : s.workload->scenarios())
    if (plan.scenario->name == threshold.scenario) row = plan.index;
  return engine::figure_so_far(s.series->so_far(row), threshold,
                               static_cast<double>(now() - s.steady_began) / kSecond);
}

bool Session::knows_so_far(const Threshold& threshold) { return engine::knows_so_far(threshold); }

void Session::finish(RunResult& result) {
  Impl& s = *impl_;
  s.watch->sample();
  s.shut_down();
  result.seed = s.options.seed;
  result.uuid_salt = hex(s.salt);
  result.series = s.series->points();
  result.segments = s.segments->segments();
  for (const load::ScenarioPlan& plan : s.workload->scenarios()) {
    const TargetInfo info{{}, plan.scenario->target.url(), plan.scenario->protocol, plan.scenario->model};
    if (std::find(result.targets.begin(), result.targets.end(), info) == result.targets.end())
      result.targets.push_back(info);
  }
  aggregate_stages(result);
  result.conservation.preflight = s.preflight_requests;
  for (const auto& thread : s.threads) result.conservation.resent += thread->shard().client().counters().resent + thread->shard().retries();
  s.describe_cost(result);
  if (s.budget_spent && result.ended_by == EndedBy::running) result.ended_by = EndedBy::budget;
  result.connections = s.connections;
  describe_connections(result.connections, s.threads);
  describe_health(result, {s.capacity, s.threads, s.addresses, *s.watch, s.jsonl.get(), s.signs, s.lag, s.receive_lag});
}

}  // namespace ringload
