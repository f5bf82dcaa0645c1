#include "engine/capacity.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

#include "engine/exchange.h"
#include "engine/recording.h"
#include "load/closed_stage.h"
#include "net/connection.h"
#include "net/local_ports.h"
#include "net/stream.h"

namespace ringload::engine {

namespace {

// BoringSSL's memory of an open connection, and what its handshake had for a moment, spread over many. Measured.
constexpr uint64_t kTlsBytes = 4096;
// Requests of a shard that the kernel has not read yet, at most as far as memory is expected to go.
constexpr uint64_t kSendingAtOnce = 1024;
// What a core can open and close at most: what a closed loop without keep-alive may come to.
constexpr double kClosesPerShard = 30'000;

}  // namespace

HostLimits HostLimits::read() {
  HostLimits limits;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    limits.open_files_soft = files.rlim_cur;
    limits.open_files_hard = files.rlim_max;
  }
  if (std::FILE* file = std::fopen("/proc/sys/net/ipv4/ip_local_port_range", "r")) {
    unsigned low = 0, high = 0;
    if (std::fscanf(file, "%u %u", &low, &high) == 2 && low > 0 && high >= low && high <= 65535) {
      limits.port_low = static_cast<uint16_t>(low);
      limits.port_high = static_cast<uint16_t>(high);
    }
    std::fclose(file);
  }
  limits.time_wait = health::TimeWaitRules::read(health::HostFiles());
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    limits.cpus = static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
  return limits;
}

void raise_open_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

namespace {

// The highest of any stage, requests/s.
double open_rate(const Profile& profile) {
  double rate = 0;
  for (const Stage& stage : profile.stages)
    if (stage.loop == Loop::open) rate = std::max(rate, stage.peak());
  return rate;
}

// Targets on this host by IPv4 can be reached from as many addresses.
bool all_loopback(const Profile& profile) {
  return std::ranges::all_of(profile.scenarios, [](const Scenario& scenario) {
    const std::string& host = scenario.target.host;
    return host == "localhost" || host.starts_with("127.");
  });
}

// VUs of the busiest target.
uint64_t users_of_one_target(const load::Workload& workload, uint32_t users) {
  std::vector<double> weights;
  for (const load::ScenarioPlan& plan : workload.scenarios()) weights.push_back(plan.scenario->weight);
  const std::vector<uint32_t> shares = load::largest_remainder(users, weights);
  std::vector<uint64_t> by_target(workload.targets().size());
  for (const load::ScenarioPlan& plan : workload.scenarios()) by_target[plan.target] += shares[plan.index];
  return *std::ranges::max_element(by_target);
}

// Ports, the sources that they are spread over, and what TIME_WAIT takes of them.
std::expected<void, std::string> plan_ports(Capacity& plan, const load::Workload& workload, const HostLimits& limits,
                                            unsigned sources, unsigned most_sources) {
  const Profile& profile = workload.profile();
  const uint64_t users = plan.users > 0 ? users_of_one_target(workload, plan.users) : 0;
  const double rate = open_rate(profile);
  plan.local_ports = rate > 0 ? std::max(users, plan.in_flight) : users;
  if (users > uint64_t{limits.ports()} * most_sources)
    return std::unexpected(
        std::to_string(users) + " VUs of one target need a local port each, and " + std::to_string(most_sources) +
        " source address" + (most_sources == 1 ? " has " : "es have ") +
        std::to_string(uint64_t{limits.ports()} * most_sources) + " (net.ipv4.ip_local_port_range " +
        std::to_string(limits.port_low) + " to " + std::to_string(limits.port_high) + "): widen the range "
        "(sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"), give --source-ip " +
        std::to_string((users + limits.ports() - 1) / std::max(1u, limits.ports())) + " addresses, or use fewer VUs");
  if (profile.disable_keepalive) {
    plan.closes_per_s = plan.users > 0 ? kClosesPerShard * plan.shards : rate;
    const auto forecast = health::forecast_time_wait(limits.time_wait, plan.closes_per_s, all_loopback(profile));
    plan.time_wait_sockets = forecast.sockets;
    plan.time_wait_ports = forecast.ports;
  }
  // The kernel's search for a free port is quick up to half of the range.
  const uint64_t comfortable = std::max(1u, limits.ports() / 2);
  const uint64_t wanted = (plan.local_ports + plan.time_wait_ports + comfortable - 1) / comfortable;
  plan.source_addresses = sources > 0 ? sources : static_cast<unsigned>(std::clamp<uint64_t>(wanted, 1, most_sources));
  return {};
}

// How many requests an open stage may have in flight: all that its rate can bring up within the timeout, unless
// connection slots or local ports end before that. Reaching it sheds, so it is generous: idle slots cost little.
void plan_open_stages(Capacity& plan, const Profile& profile, const HostLimits& limits, unsigned sources) {
  const double rate = open_rate(profile);
  if (rate == 0) return;
  struct Bound {
    uint64_t value;
    const char* what;
  };
  const double seconds = static_cast<double>(profile.timeout_ns) / kSecond;
  // Slots per shard: a few stay free for connections that are closing.
  const uint64_t per_ring = limits.open_files_hard > 512 ? limits.open_files_hard - limits.open_files_hard / 9 - 64
                                                         : limits.open_files_hard / 2;
  Bound least{static_cast<uint64_t>(std::min(1e9, std::ceil(rate * std::max(seconds, 0.1)))), "timeout"};
  for (const Bound bound : {Bound{per_ring * plan.shards, "files"}, Bound{uint64_t{limits.ports()} * sources, "ports"}})
    if (bound.value < least.value) least = bound;
  if (profile.max_in_flight) least = {static_cast<uint64_t>(*profile.max_in_flight), "max_in_flight"};
  plan.in_flight = std::max(plan.in_flight, least.value);
  plan.in_flight_limit = least.what;
  plan.exchanges = std::max<uint32_t>(plan.exchanges, static_cast<uint32_t>((least.value + plan.shards - 1) / plan.shards));
}

}  // namespace

std::expected<Capacity, std::string> plan_capacity(const load::Workload& workload, const HostLimits& limits,
                                                   unsigned shards_wanted, unsigned sources) {
  const Profile& profile = workload.profile();
  Capacity plan;
  plan.shards = shards_wanted != 0 ? shards_wanted : std::max(1u, limits.cpus - 1);
  for (const Stage& stage : profile.stages)
    if (stage.loop == Loop::closed) plan.users = std::max(plan.users, static_cast<uint32_t>(std::llround(stage.peak())));
  const uint32_t users_per_shard = (plan.users + plan.shards - 1) / plan.shards;
  // Preflight puts one request of every scenario on the first shard.
  plan.exchanges = std::max<uint32_t>(users_per_shard, static_cast<uint32_t>(workload.scenarios().size()));
  plan.in_flight = plan.users;
  const unsigned most_sources =
      sources > 0 ? sources : all_loopback(profile) ? net::LocalPorts::kMostLoopbackSources : 1;
  plan_open_stages(plan, profile, limits, most_sources);
  if (auto ports = plan_ports(plan, workload, limits, sources, most_sources); !ports)
    return std::unexpected(std::move(ports.error()));
  // A slot is taken until the kernel has given everything back: some more than are in flight, twice as many when each
  // connection carries one request.
  plan.connections = profile.disable_keepalive ? 2 * plan.exchanges + 64 : plan.exchanges + plan.exchanges / 8 + 64;
  const uint64_t files = limits.open_files_hard;
  if (plan.connections > files) {
    if (plan.exchanges > files) {
      const uint64_t needed = (plan.in_flight + files - 1) / files;
      return std::unexpected(
          "one shard cannot hold " + std::to_string(plan.exchanges) + " connections: a ring's file table is bounded by "
          "the limit of open files, which is " + std::to_string(files) + ". Raise it (ulimit -Hn, LimitNOFILE=) or use "
          "--shards " + std::to_string(std::max<uint64_t>(needed, plan.shards + 1)));
    }
    plan.connections = static_cast<uint32_t>(files);
    plan.warnings.push_back("the limit of open files (" + std::to_string(files) +
                            ") leaves no spare connection slots per shard: connections that are still closing can make "
                            "new ones wait. Raise ulimit -Hn or use more shards.");
  }

  bool streams = false;
  int64_t most_tokens = 0;
  for (const Scenario& scenario : profile.scenarios) {
    streams = streams || scenario.stream;
    most_tokens = std::max<int64_t>(most_tokens, scenario.max_tokens.value_or(4096));
  }
  // A stream's burst of many events should come in one piece; a short plain answer fits a small buffer.
  if (streams) {
    plan.receive_buffer_size = 32768;
    plan.receive_buffers = 128;
  } else if (most_tokens > 192) {
    plan.receive_buffer_size = static_cast<uint32_t>(std::min<int64_t>(32768, std::bit_ceil(
        static_cast<uint64_t>(most_tokens) * 8)));
    plan.receive_buffers = 256;
  }

  plan.process_files = 16 + uint64_t{plan.shards} * 3;

  const uint64_t request = workload.max_body_bytes() <= 8192
                               ? workload.max_head_bytes() + workload.max_body_bytes()
                               : workload.max_head_bytes() + workload.max_pieces() * sizeof(iovec);
  // A request owns its bytes only while it is being sent; a stream keeps what it learned of its events.
  const uint64_t sending = std::min<uint64_t>(plan.exchanges, kSendingAtOnce) * request;
  const uint64_t per_exchange = sizeof(Exchange) + workload.max_conversation_bytes() + (streams ? 512 : 0);
  const bool secure = std::any_of(workload.targets().begin(), workload.targets().end(),
                                  [](const Target& target) { return target.https; });
  const uint64_t per_connection = sizeof(net::Connection) + sizeof(net::Stream) + (secure ? kTlsBytes : 0);
  const uint64_t recorders = uint64_t{kStageSlots} * (workload.scenarios().size() + workload.segments()) * 9ull * 23 * 1024 * 8;
  plan.memory_expected =
      plan.shards * (plan.exchanges * per_exchange + sending + plan.connections * per_connection +
                     uint64_t{plan.receive_buffers} * plan.receive_buffer_size + (1 << 20));
  plan.memory_reserved = plan.memory_expected + plan.shards * recorders;
  return plan;
}

}  // namespace ringload::engine
