// Many short lives: clients connect, echo, half-read, cancel and close at random moments, while everything goes wrong
// that can. At the end nothing is left over anywhere: streams, buffers, sends, and on the simulated kernel sockets,
// operations and ports. The same seed gives the same history.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <string>

#include "base/prng.h"
#include "party.h"
#include "sim/world.h"

namespace ringload::test {
namespace {

using net::Stream;
using net::StreamState;
using sim::Fault;

// Streams as a load generator uses them: `target` connections in all, `slots` at a time.
class Clients : public net::StreamHandler {
 public:
  Clients(KernelUnderTest& kernel, uint16_t port, unsigned slots, unsigned target, uint64_t seed)
      : ring_(kernel.open_ring({.entries = 512, .completions = 4096, .files = slots})),
        port_(port),
        target_(target),
        random_(seed),
        slots_(slots) {
    streams_ = std::move(*net::Streams::create(
        *ring_, *this,
        {.streams = slots, .receive_buffers = 64, .receive_buffer_size = 512, .connects_in_flight = 32}));
  }

  void step() {
    while (started_ < target_) {
      Stream* stream = streams_->connect(*net::Address::parse("127.0.0.1", port_));
      if (stream == nullptr) break;
      ++started_;
      slots_[stream->slot] = {};
      slots_[stream->slot].live = true;
      // Now and then it is given up before it has opened.
      if (random_.below(50) == 0) close(*stream);
    }
    // Impatience: a connection that takes too long is closed from outside of any callback.
    const Nanos now = ring_->now();
    for (uint32_t i = 0; i < 8; ++i) {
      Stream& stream = streams_->at(static_cast<uint32_t>(random_.below(slots_.size())));
      const bool live = stream.state == StreamState::opening || stream.state == StreamState::open;
      if (live && slots_[stream.slot].since != 0 && now - slots_[stream.slot].since > 300 * kMillisecond) close(stream);
      if (live && slots_[stream.slot].since == 0) slots_[stream.slot].since = now;
    }
    ring_->submit_and_wait(1, now + 2 * kMillisecond);
    const Nanos at = ring_->reaped_at();
    ring_->for_each([&](const io_uring_cqe& cqe) { streams_->dispatch(cqe, at); });
    streams_->after_batch();
  }
  bool done() const {
    return started_ == target_ && streams_->counters().open_now == 0 && streams_->buffers().out() == 0 &&
           ring_->pending() == 0;
  }

  void on_open(Stream& stream, Nanos) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.live && !slot.opened);
    slot.opened = true;
    ++opened;
    // Mostly small, sometimes more than the windows hold.
    const size_t size = random_.below(40) == 0 ? 1 + random_.below(600'000) : 1 + random_.below(3000);
    slot.text.resize(size);
    for (size_t i = 0; i < size; ++i) slot.text[i] = static_cast<char>(i * 13 + stream.slot * 7 + stream.generation);
    streams_->send(stream, std::span<const char>(slot.text));
    slot.sending = true;
    if (random_.below(60) == 0) streams_->cancel_send(stream);
    if (random_.below(60) == 0) close(stream);
  }
  void on_receive(Stream& stream, std::span<char> bytes, Nanos) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.opened);
    ASSERT_LE(slot.received + bytes.size(), slot.text.size()) << "more than was sent";
    ASSERT_EQ(std::string_view(bytes.data(), bytes.size()),
              std::string_view(slot.text).substr(slot.received, bytes.size()))
        << "bytes of another connection";
    slot.received += bytes.size();
    if (slot.received == slot.text.size()) {
      ++echoed;
      close(stream);
    } else if (random_.below(100) == 0) {
      close(stream);
    }
  }
  void on_sent(Stream& stream, int error, Nanos) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.sending) << "told twice";
    slot.sending = false;
    if (error != 0) {
      ++send_errors;
      if (stream.state == StreamState::open) close(stream);
    }
  }
  void on_end(Stream& stream, int error, Nanos) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.live && !slot.ended && !slot.closing);
    slot.ended = true;
    ++ends[error];
    close(stream);
  }
  void on_closed(Stream& stream) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.live && slot.closing && !slot.sending);
    slot.live = false;
    ++closed;
  }

  uint64_t opened = 0, echoed = 0, send_errors = 0, closed = 0;
  std::map<int, uint64_t> ends;
  net::Streams& streams() { return *streams_; }
  io::Ring& ring() { return *ring_; }

 private:
  struct Slot {
    bool live = false, opened = false, sending = false, ended = false, closing = false;
    Nanos since = 0;
    size_t received = 0;
    std::string text;
  };
  void close(Stream& stream) {
    slots_[stream.slot].closing = true;
    streams_->close(stream);
  }

  std::unique_ptr<io::Ring> ring_;
  uint16_t port_;
  unsigned target_;
  unsigned started_ = 0;
  Prng random_;
  std::vector<Slot> slots_;
  std::unique_ptr<net::Streams> streams_;
};

// Echoes; like the clients it checks that it is told everything once.
class EchoServer : public net::StreamHandler {
 public:
  EchoServer(KernelUnderTest& kernel, int listener, unsigned slots)
      : ring_(kernel.open_ring({.entries = 512, .completions = 4096, .files = slots})), slots_(slots) {
    streams_ = std::move(
        *net::Streams::create(*ring_, *this, {.streams = slots, .receive_buffers = 64, .receive_buffer_size = 512}));
    streams_->listen(listener);
  }
  void step() {
    ring_->submit_and_wait(1, ring_->now() + 2 * kMillisecond);
    const Nanos at = ring_->reaped_at();
    ring_->for_each([&](const io_uring_cqe& cqe) { streams_->dispatch(cqe, at); });
    streams_->after_batch();
  }
  bool done() const {
    return streams_->counters().open_now == 0 && streams_->buffers().out() == 0 && ring_->pending() == 0;
  }
  void on_open(Stream& stream, Nanos) override {
    ASSERT_FALSE(slots_[stream.slot].live);
    slots_[stream.slot] = {};
    slots_[stream.slot].live = true;
  }
  void on_receive(Stream& stream, std::span<char> bytes, Nanos) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.live);
    slot.waiting.append(bytes.data(), bytes.size());
    send_next(stream);
  }
  void on_sent(Stream& stream, int error, Nanos) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.live && !slot.sending.empty());
    slot.sending.clear();
    if (stream.state != StreamState::open) return;
    if (error != 0 || (slot.waiting.empty() && slot.ended)) return streams_->close(stream);
    send_next(stream);
  }
  void on_end(Stream& stream, int error, Nanos) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.live && !slot.ended);
    slot.ended = true;
    if (error != 0 || slot.sending.empty()) streams_->close(stream);
  }
  void on_closed(Stream& stream) override {
    Slot& slot = slots_[stream.slot];
    ASSERT_TRUE(slot.live && slot.sending.empty());
    slot.live = false;
  }
  net::Streams& streams() { return *streams_; }
  io::Ring& ring() { return *ring_; }

 private:
  struct Slot {
    bool live = false, ended = false;
    std::string waiting, sending;
  };
  void send_next(Stream& stream) {
    Slot& slot = slots_[stream.slot];
    if (!slot.sending.empty() || slot.waiting.empty()) return;
    slot.sending.swap(slot.waiting);
    streams_->send(stream, std::span<const char>(slot.sending));
  }
  std::unique_ptr<io::Ring> ring_;
  std::unique_ptr<net::Streams> streams_;
  std::vector<Slot> slots_;
};

struct SimulatedSoak {
  uint64_t hash = 0;
  uint64_t echoed = 0;
  uint64_t completions = 0;
  std::map<std::string, uint64_t> struck;
};

SimulatedSoak simulate(uint64_t seed, unsigned connections, bool faults, bool baseline = false) {
  KernelUnderTest kernel({"simulated", true, baseline}, seed);
  sim::SimKernel& sim = *kernel.simulated();
  SimulatedSoak result;
  {
    const int listener = kernel.listen(64);
    EchoServer server(kernel, listener, 96);
    Clients clients(kernel, kernel.port_of(listener), 128, connections, seed);
    if (faults) {
      sim.faults().set_all(0.01);
      sim.faults().set(Fault::delay, 0.05);
      sim.faults().set(Fault::reorder, 0.1);
      sim.faults().set(Fault::reset, 0.05);
      sim.faults().set(Fault::early_fin, 0.05);
      sim.faults().set(Fault::connect_timeout, 0.002);
    }
    sim::World world(sim, seed);
    world.add("server", [&] { server.step(); });
    world.add("clients", [&] { clients.step(); });
    const auto outcome = world.run_until([&] { return clients.done() && server.done(); }, sim.now() + 36000 * kSecond);
    EXPECT_EQ(outcome, sim::Outcome::reached) << "seed " << seed << "\n" << world.describe()
        << "server open " << server.streams().counters().open_now << " out " << server.streams().buffers().out()
        << ", clients open " << clients.streams().counters().open_now << " out " << clients.streams().buffers().out();
    // The listener goes; then only what was leaked is left.
    server.streams().stop_listening();
    world.run_for(kSecond);
    kernel.close(listener);
    world.run_for(300 * kSecond);
    EXPECT_EQ(clients.closed, connections);
    EXPECT_EQ(clients.streams().counters().closed, connections);
    EXPECT_EQ(clients.streams().counters().stale_completions, 0u);
    EXPECT_EQ(server.streams().counters().stale_completions, 0u);
    const auto census = sim.census();
    EXPECT_EQ(census.files, 0u);
    EXPECT_EQ(census.endpoints, 0u);
    EXPECT_EQ(census.requests, 0u);
    EXPECT_EQ(census.ports, 0u);
    EXPECT_EQ(census.kept_aside, 0u);
    for (const std::string& violation : sim.violations()) ADD_FAILURE() << violation;
    if (!faults) {
      EXPECT_GT(clients.echoed, connections * 8 / 10);
    }
    result.echoed = clients.echoed;
  }
  result.hash = sim.trace_hash();
  result.completions = sim.completions();
  for (unsigned i = 0; i < sim::kFaults; ++i)
    result.struck[sim::fault_name(static_cast<Fault>(i))] = sim.faults().struck(static_cast<Fault>(i));
  return result;
}

bool long_run() { return std::getenv("RINGLOAD_LONG") != nullptr; }

TEST(SimulatedSoak, WithoutFaultsNearlyAllEcho) { simulate(1, 3000, false); }

TEST(SimulatedSoak, TwentyThousandConnectionsWithEveryFault) {
  const SimulatedSoak result = simulate(2, 20'000, true);
  EXPECT_GT(result.echoed, 10'000u);
  for (const auto& [name, count] : result.struck) EXPECT_GT(count, 0u) << name << " never struck";
}

TEST(SimulatedSoak, OldKernelWithEveryFault) { simulate(3, 5000, true, true); }

TEST(SimulatedSoak, SameSeedSameHistory) {
  const SimulatedSoak a = simulate(4, 1500, true), b = simulate(4, 1500, true), c = simulate(5, 1500, true);
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_EQ(a.completions, b.completions);
  EXPECT_EQ(a.struck, b.struck);
  EXPECT_NE(a.hash, c.hash);
}

TEST(SimulatedSoak, ManySeeds) {
  for (uint64_t seed = 100; seed < (long_run() ? 1100u : 130u) && !::testing::Test::HasFailure(); ++seed)
    simulate(seed, 400, true, seed % 4 == 0);
}

class LinuxSoak : public ::testing::TestWithParam<KernelCase> {};
INSTANTIATE_TEST_SUITE_P(Kernels, LinuxSoak, ::testing::Values(kKernelCases[0], kKernelCases[1]),
                         [](const auto& info) { return case_name(info); });

TEST_P(LinuxSoak, EverythingComesBack) {
  const unsigned connections = long_run() ? 20'000 : 2'000;
  KernelUnderTest kernel(GetParam());
  const int listener = kernel.listen();
  EchoServer server(kernel, listener, 96);
  Clients clients(kernel, kernel.port_of(listener), 128, connections, 1);
  const Nanos give_up = kernel.now() + (long_run() ? 120 : 30) * kSecond;
  while (!(clients.done() && server.done()) && kernel.now() < give_up) {
    clients.step();
    server.step();
  }
  EXPECT_TRUE(clients.done());
  EXPECT_TRUE(server.done()) << server.streams().counters().open_now;
  EXPECT_EQ(clients.closed, connections);
  EXPECT_GT(clients.echoed, connections * 8 / 10);
  EXPECT_EQ(clients.streams().counters().stale_completions, 0u);
  EXPECT_EQ(server.streams().counters().stale_completions, 0u);
}

}  // namespace
}  // namespace ringload::test
