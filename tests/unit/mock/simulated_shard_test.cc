// A shard in a simulated kernel, where instants are exact.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "mock/shard.h"
#include "net/stream.h"
#include "sim/sim_kernel.h"
#include "sim/world.h"

namespace ringload::mock {
namespace {

constexpr Nanos kSlack = 300 * kMicrosecond;  // the simulated kernel's own costs

// Clients that each send one text when connected and keep what comes.
class Clients final : private net::StreamHandler {
 public:
  struct Client {
    std::string request, received;
    Nanos sent_at = 0, ended_at = 0;
    int error = -1;  // of the end; -1: still open
    bool closed = false;
  };

  Clients(sim::SimKernel& kernel, uint16_t port) : server_(*net::Address::parse("127.0.0.1", port)) {
    auto ring = io::Ring::open(kernel.table(), {.entries = 256, .completions = 4096, .files = 512});
    ring_ = std::move(*ring);
    EXPECT_TRUE(ring_->enable().has_value());
    net::StreamOptions options;
    options.streams = 512;
    streams_ = std::move(*net::Streams::create(*ring_, *this, options));
    by_slot_.resize(512);
  }
  size_t add(std::string request) {
    clients_.push_back({std::move(request)});
    net::Stream* stream = streams_->connect(server_);
    by_slot_[stream->slot] = clients_.size() - 1;
    slots_.push_back(stream->slot);
    return clients_.size() - 1;
  }
  void close(size_t index) {
    clients_[index].closed = true;
    streams_->close(streams_->at(slots_[index]));
  }
  void step() {
    // Looks again soon: a test may have added a client meanwhile.
    ring_->submit_and_wait(1, ring_->now() + kMillisecond);
    ring_->for_each([&](const io_uring_cqe& cqe) { streams_->dispatch(cqe, ring_->reaped_at()); });
    streams_->after_batch();
  }
  const Client& at(size_t index) const { return clients_[index]; }
  // All that were not closed have received `text`.
  bool all_have(std::string_view text) const {
    for (const Client& client : clients_) {
      if (!client.closed && client.received.find(text) == std::string::npos) return false;
    }
    return true;
  }

 private:
  Client& of(net::Stream& stream) { return clients_[by_slot_[stream.slot]]; }
  void on_open(net::Stream& stream, Nanos at) override {
    of(stream).sent_at = at;
    streams_->send(stream, of(stream).request);
  }
  void on_receive(net::Stream& stream, std::span<char> bytes, Nanos) override {
    of(stream).received.append(bytes.data(), bytes.size());
  }
  void on_sent(net::Stream&, int, Nanos) override {}
  void on_end(net::Stream& stream, int error, Nanos at) override {
    of(stream).error = error;
    of(stream).ended_at = at;
    streams_->close(stream);
  }
  void on_closed(net::Stream&) override {}

  net::Address server_;
  std::unique_ptr<io::Ring> ring_;
  std::unique_ptr<net::Streams> streams_;
  std::vector<Client> clients_;
  std::vector<size_t> by_slot_;
  std::vector<uint32_t> slots_;
};

struct Simulation {
  explicit Simulation(MockOptions options, uint64_t seed = 1)
      : kernel({.seed = seed}), world(kernel, seed), shared(*plan_mock(local(options))) {
    const net::Address address = shared.plan.listen;
    io::SocketSpec spec;
    spec.listen = true;
    spec.local = &address.base;
    spec.local_size = address.size;
    listen_fd = kernel.table().socket(kernel.table().self, spec);
    MockShardOptions shard_options;
    shard_options.connections = 256;
    shard_options.receive_buffers = 64;
    shard_options.unix_ns = 1'700'000'000 * kSecond;
    shard = std::move(*MockShard::create(kernel.table(), shared, shard_options));
    EXPECT_TRUE(shard->start(listen_fd, -1).has_value());
    shared.started = kernel.now();
    clients = std::make_unique<Clients>(kernel, kernel.port_of(listen_fd));
    world.add("mock", [this] { shard->step(kNever); });
    world.add("clients", [this] { clients->step(); });
  }
  ~Simulation() {
    EXPECT_TRUE(kernel.violations().empty()) << kernel.violations().front();
    kernel.table().close(kernel.table().self, listen_fd);
  }
  static MockOptions local(MockOptions options) {
    options.listen = "127.0.0.1:0";
    return options;
  }
  void run_until_all_have(std::string_view text) {
    EXPECT_EQ(world.run_until([&] { return clients->all_have(text); }, kernel.now() + 100 * kSecond),
              sim::Outcome::reached)
        << world.describe();
  }

  void run_until_has(size_t index, std::string_view text) {
    EXPECT_EQ(world.run_until([&] { return clients->at(index).received.find(text) != std::string::npos; },
                              kernel.now() + 100 * kSecond),
              sim::Outcome::reached)
        << world.describe();
  }

  sim::SimKernel kernel;
  sim::World world;
  MockShared shared;
  int listen_fd = -1;
  std::unique_ptr<MockShard> shard;
  std::unique_ptr<Clients> clients;
};

std::string chat(unsigned max_tokens, bool stream, std::string_view prompt = "one two") {
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":")" + std::string(prompt) +
                           R"("}],"max_tokens":)" + std::to_string(max_tokens) + (stream ? R"(,"stream":true})" : "}");
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: m\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

// The stamps of a stream's content events.
std::vector<Nanos> stamps_of(const std::string& received) {
  std::vector<Nanos> stamps;
  for (size_t at = received.find(R"({"content":"T)"); at != std::string::npos;) {
    const size_t number = received.find("\"mock_sent_ns\":", at) + 15;
    stamps.push_back(std::strtoll(received.c_str() + number, nullptr, 10));
    at = received.find(R"({"content":" )", number);
  }
  return stamps;
}

constexpr std::string_view kDone = "[DONE]";

TEST(SimulatedShard, SendsEachEventAtItsInstant) {
  MockOptions options;
  options.ttft = "20ms";
  options.itl = "10ms";
  options.stamp = true;
  Simulation sim(options);
  sim.clients->add(chat(50, true));
  sim.run_until_all_have(kDone);
  const auto stamps = stamps_of(sim.clients->at(0).received);
  ASSERT_EQ(stamps.size(), 50u);
  const Nanos start = sim.clients->at(0).sent_at;
  for (size_t i = 0; i < stamps.size(); ++i) {
    const Nanos due = start + 20 * kMillisecond + static_cast<Nanos>(i) * 10 * kMillisecond;
    EXPECT_GE(stamps[i], due) << i;
    EXPECT_LT(stamps[i], due + kSlack) << i;
  }
}

// What was due while the mock stood still comes right after; what is due later keeps its instant.
TEST(SimulatedShard, BeingLateShiftsNothing) {
  MockOptions options;
  options.itl = "10ms";
  options.stamp = true;
  options.freeze = "35ms@42ms";
  Simulation sim(options);
  sim.clients->add(chat(20, true));
  sim.run_until_all_have(kDone);
  const auto stamps = stamps_of(sim.clients->at(0).received);
  ASSERT_EQ(stamps.size(), 20u);
  const Nanos start = sim.clients->at(0).sent_at;
  const Nanos thaw = sim.shared.started + 77 * kMillisecond;
  unsigned late = 0;
  for (size_t i = 0; i < stamps.size(); ++i) {
    const Nanos due = start + static_cast<Nanos>(i) * 10 * kMillisecond;
    const bool in_freeze = due > sim.shared.started + 42 * kMillisecond && due < thaw;
    late += in_freeze;
    EXPECT_GE(stamps[i], in_freeze ? thaw : due) << i;
    EXPECT_LT(stamps[i], (in_freeze ? thaw : due) + kSlack) << i;
  }
  EXPECT_GE(late, 3u);
}

TEST(SimulatedShard, SlotsServeOneAfterTheOther) {
  MockOptions options;
  options.slots = 1;
  options.queue = 3;
  options.service = "10ms";
  options.stamp = true;
  Simulation sim(options);
  for (int i = 0; i < 5; ++i) sim.clients->add(chat(1, true));
  EXPECT_EQ(sim.world.run_for(kSecond), sim::Outcome::time_up);
  std::vector<Nanos> finished;
  unsigned refused = 0;
  for (int i = 0; i < 5; ++i) {
    const auto& client = sim.clients->at(i);
    const auto stamps = stamps_of(client.received);
    if (stamps.empty()) {
      refused += client.received.starts_with("HTTP/1.1 503");
    } else {
      finished.push_back(stamps[0] - sim.clients->at(0).sent_at);
    }
  }
  EXPECT_EQ(refused, 1u) << "one is served, three wait";
  ASSERT_EQ(finished.size(), 4u);
  std::sort(finished.begin(), finished.end());
  for (size_t i = 0; i < finished.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(finished[i]), 10e6 * static_cast<double>(i + 1), 0.3e6);
  }
}

TEST(SimulatedShard, OutageEndsWhenItSays) {
  MockOptions options;
  options.outage = "100ms@50ms";
  Simulation sim(options);
  const auto status_at = [&](Nanos instant) {
    sim.world.run_for(sim.shared.started + instant - sim.kernel.now());
    const size_t index = sim.clients->add(chat(1, false));
    sim.world.run_for(5 * kMillisecond);
    return sim.clients->at(index).received.substr(9, 3);
  };
  EXPECT_EQ(status_at(30 * kMillisecond), "200");
  EXPECT_EQ(status_at(60 * kMillisecond), "503");
  EXPECT_EQ(status_at(140 * kMillisecond), "503");
  EXPECT_EQ(status_at(160 * kMillisecond), "200");
}

// Many clients, some of which leave in the middle; nobody gets another's bytes, and all memory comes back.
TEST(SimulatedShard, ManyClientsOfWhichSomeLeave) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    MockOptions options;
    options.ttft = "exp(5ms)";
    options.itl = "exp(200us)";
    options.seed = seed;
    Simulation sim(options, seed);
    Prng prng(seed);
    for (int i = 0; i < 150; ++i) sim.clients->add(chat(1 + static_cast<unsigned>(prng.below(60)), true));
    for (int i = 0; i < 40; ++i) {
      sim.world.run_for(static_cast<Nanos>(prng.below(500)) * kMicrosecond);
      const size_t who = prng.below(150);
      const auto& client = sim.clients->at(who);
      if (!client.closed && client.error < 0) sim.clients->close(who);
    }
    sim.run_until_all_have(kDone);
    for (size_t i = 0; i < 150; ++i) {
      const auto& client = sim.clients->at(i);
      if (client.closed) continue;
      const std::string id = client.received.substr(client.received.find("chatcmpl-"), 25);
      size_t events = 0, own = 0;
      for (size_t at = 0; (at = client.received.find("chatcmpl-", at)) != std::string::npos; ++at) {
        ++events;
        own += client.received.compare(at, id.size(), id) == 0;
      }
      ASSERT_EQ(own, events);
    }
    const ShardCounters& counters = sim.shared.counters[0];
    EXPECT_EQ(counters.running.value(), 0u);
    EXPECT_EQ(sim.shard->blocks_taken(), 0u) << "seed " << seed;
  }
}

TEST(SimulatedShard, ResetIsAReset) {
  MockOptions options;
  options.fault = "reset=100%";
  Simulation sim(options);
  sim.clients->add(chat(10, true));
  sim.clients->add(chat(10, false));
  sim.world.run_for(kSecond);
  EXPECT_EQ(sim.clients->at(0).error, ECONNRESET);
  EXPECT_EQ(sim.clients->at(1).error, ECONNRESET);
}

// Whatever bytes come, the shard lives on, owes nobody memory and serves who asks properly.
TEST(SimulatedShard, GarbageDisturbsNobody) {
  const std::string good[] = {
      chat(3, true), chat(200, false),
      "GET /metrics HTTP/1.1\r\nHost: m\r\n\r\n",
      "POST /v1/messages HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n2e\r\n"
      R"({"model":"m","max_tokens":3,"messages":[{"role)" "\r\n19\r\n" R"(":"user","content":"x"}]})" "\r\n0\r\n\r\n",
      "POST /v1/embeddings HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 31\r\n\r\n"
      R"({"model":"m","input":["a","b"]})"};
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    Simulation sim({}, seed);
    Prng prng(seed);
    for (int i = 0; i < 100; ++i) {
      std::string text = good[prng.below(std::size(good))] + good[prng.below(std::size(good))];
      for (uint64_t change = 1 + prng.below(4); change > 0; --change) {
        const size_t at = prng.below(text.size());
        switch (prng.below(4)) {
          case 0: text[at] = static_cast<char>(prng.next()); break;
          case 1: text.erase(at, prng.below(20)); break;
          case 2: text.insert(at, text.substr(prng.below(text.size()), prng.below(40))); break;
          default: text.resize(at + 1); break;
        }
        if (text.empty()) text = "\n";
      }
      sim.clients->add(text);
    }
    sim.world.run_for(kSecond);
    for (size_t i = 0; i < 100; ++i) {
      if (sim.clients->at(i).error < 0) sim.clients->close(i);
    }
    sim.clients->add(chat(5, true));
    sim.run_until_has(100, kDone);
    sim.world.run_for(10 * kMillisecond);
    EXPECT_EQ(sim.shared.counters[0].running.value(), 0u);
    EXPECT_EQ(sim.shard->blocks_taken(), 0u) << "seed " << seed;
  }
}

TEST(SimulatedShard, SameSeedSameHistory) {
  const auto history = [](uint64_t seed) {
    MockOptions options;
    options.ttft = "lognormal(p50=20ms,p99=90ms)";
    options.itl = "uniform(1ms,5ms)";
    options.seed = seed;
    Simulation sim(options, 7);
    for (int i = 0; i < 20; ++i) sim.clients->add(chat(20, i % 2 == 0));
    sim.world.run_for(2 * kSecond);
    return sim.kernel.trace_hash();
  };
  EXPECT_EQ(history(1), history(1));
  EXPECT_NE(history(1), history(2));
}

}  // namespace
}  // namespace ringload::mock
