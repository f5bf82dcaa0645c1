#include "mock/plan.h"

#include <fmt/format.h>

#include <charconv>

#include "tls/context.h"

namespace ringload::mock {
namespace {

constexpr unsigned kMostShards = 256;
constexpr unsigned kMostConnections = 1'000'000;

std::unexpected<std::string> refuse(std::string_view flag, std::string_view why) {
  return std::unexpected(fmt::format("{}: {}", flag, why));
}

std::expected<net::Address, std::string> parse_listen(const std::string& text) {
  constexpr std::string_view kAllowed = "write host:port with a numeric host, such as 127.0.0.1:8080 or [::1]:8080";
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return refuse("--listen", fmt::format("'{}' has no port; {}", text, kAllowed));
  std::string host = text.substr(0, colon);
  const std::string port_text = text.substr(colon + 1);
  unsigned port = 0;
  const auto [end, ec] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (ec != std::errc() || end != port_text.data() + port_text.size() || port > 65535) {
    return refuse("--listen", fmt::format("'{}' is no port; {}", port_text, kAllowed));
  }
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return refuse("--listen", fmt::format("'{}': an IPv6 address stands in brackets; {}", text, kAllowed));
  }
  if (host == "localhost") host = "127.0.0.1";
  if (host.empty() || host == "*") host = "0.0.0.0";
  auto address = net::Address::parse(host, static_cast<uint16_t>(port));
  if (!address) return refuse("--listen", fmt::format("'{}' is no address; {}", host, kAllowed));
  return *address;
}

}  // namespace

std::expected<MockPlan, std::string> plan_mock(const MockOptions& options) {
  MockPlan plan;
  const auto listen = parse_listen(options.listen);
  if (!listen) return std::unexpected(listen.error());
  plan.listen = *listen;

  if (options.shards < 1 || options.shards > kMostShards) {
    return refuse("--shards", fmt::format("{} is not between 1 and {}", options.shards, kMostShards));
  }
  if (options.connections > kMostConnections) {
    return refuse("--connections", fmt::format("{} is more than {}", options.connections, kMostConnections));
  }
  plan.shards = options.shards;
  plan.connections = options.connections;
  plan.seed = options.seed;

  if (options.output_tokens > kMostOutputTokens) {
    return refuse("--output-tokens", fmt::format("{} is more than {}", options.output_tokens, kMostOutputTokens));
  }
  plan.output_tokens = options.output_tokens;
  plan.stamp = options.stamp;

  struct Latency {
    const char* flag;
    const std::string& text;
    Distribution& target;
  };
  for (const Latency& latency : {Latency{"--ttft", options.ttft, plan.ttft}, Latency{"--itl", options.itl, plan.itl},
                                 Latency{"--service", options.service, plan.limits.service}}) {
    const auto parsed = Distribution::parse(latency.text);
    if (!parsed) return refuse(latency.flag, parsed.error());
    latency.target = *parsed;
  }

  if (!options.tls.empty()) {
    const size_t comma = options.tls.find(',');
    tls::ServerOptions server;
    server.certificate_file = options.tls.substr(0, comma);
    if (comma != std::string::npos) server.key_file = options.tls.substr(comma + 1);
    auto context = tls::Context::server(server);
    if (!context) return refuse("--tls", context.error());
    plan.tls = std::move(*context);
  }

  auto faults = FaultPlan::parse(options.fault);
  if (!faults) return refuse("--fault", faults.error());
  plan.faults = std::move(*faults);

  struct When {
    const char* flag;
    const std::string& text;
    std::optional<Interval>& target;
  };
  for (const When& when :
       {When{"--outage", options.outage, plan.outage}, When{"--freeze", options.freeze, plan.freeze}}) {
    if (when.text.empty()) continue;
    const auto parsed = Interval::parse(when.text);
    if (!parsed) return refuse(when.flag, parsed.error());
    when.target = *parsed;
  }

  if (options.limit != "token-bucket" && options.limit != "fixed-window") {
    return refuse("--limit", fmt::format("'{}' is unknown; known are token-bucket and fixed-window", options.limit));
  }
  if (!(options.rps >= 0 && options.rps <= 1e9)) {
    return refuse("--rps", fmt::format("{} is not between 0 and 1000000000", options.rps));
  }
  if (options.burst < 1) return refuse("--burst", "0 would let nothing through; at least 1");
  if (options.rps == 0 && options.burst != 1) return refuse("--burst", "needs --rps");
  plan.limits.max_concurrency = options.max_concurrency;
  plan.limits.rpm = options.rpm;
  plan.limits.tpm = options.tpm;
  plan.limits.fixed_window = options.limit == "fixed-window";
  plan.limits.rps = options.rps;
  plan.limits.burst = options.burst;
  plan.limits.slots = options.slots;
  plan.limits.queue = options.queue;
  if (options.slots == 0 && (options.queue || !plan.limits.service.is_zero())) {
    return refuse(options.queue ? "--queue" : "--service", "needs --slots");
  }
  return plan;
}

}  // namespace ringload::mock
