// The simulated network by itself.
#include "sim/network.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>

#include "net/address.h"

namespace ringload::sim {
namespace {

struct Net {
  explicit Net(uint64_t seed = 1, NetworkOptions options = {})
      : faults(seed), network(seed, options, timeline, faults, [this](Waiter&) { ++woken; }) {}
  void run(Nanos duration = 10 * kMillisecond) {
    timeline.advance(timeline.now() + duration, [this](const Event& event) { network.handle(event); });
  }
  Endpoint& listener(uint16_t port, int backlog = 16, const char* host = "127.0.0.1") {
    const net::Address address = *net::Address::parse(host, port);
    Endpoint& endpoint = network.create(static_cast<uint16_t>(address.family()));
    EXPECT_EQ(network.bind(endpoint, &address.base, address.size), 0);
    EXPECT_EQ(network.listen(endpoint, backlog), 0);
    return endpoint;
  }
  Endpoint& client(uint16_t port, const char* host = "127.0.0.1") {
    const net::Address address = *net::Address::parse(host, port);
    Endpoint& endpoint = network.create(static_cast<uint16_t>(address.family()));
    EXPECT_EQ(network.connect(endpoint, &address.base, address.size), 0);
    return endpoint;
  }
  std::string read(Endpoint& endpoint, ssize_t& last, size_t at_most = 1 << 20) {
    std::string text;
    char buffer[4096];
    while (text.size() < at_most && (last = network.receive(endpoint, buffer, sizeof buffer)) > 0)
      text.append(buffer, static_cast<size_t>(last));
    return text;
  }
  struct Both {
    Endpoint& client;
    Endpoint& server;
  };
  Both connected() {
    Endpoint& from = listener(80);
    Endpoint& one = client(80);
    run();
    EXPECT_EQ(network.connect_result(one), 0);
    Endpoint* other = network.accept(from);
    EXPECT_NE(other, nullptr);
    network.release(from);
    return {one, *other};
  }
  void close(Both& both) {
    network.release(both.client);
    network.release(both.server);
  }

  int woken = 0;
  Timeline timeline{kSecond};
  Faults faults;
  Network network;
};

TEST(Network, BytesArriveInOrderHoweverTheyAreCut) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Net net(seed, {.window_min = 1 << 20, .window_max = 1 << 20, .segment_max = 100, .cut = 0.5});
    auto both = net.connected();
    std::string text(50'000, '\0');
    for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 + i / 255);
    ASSERT_EQ(net.network.send(both.client, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    std::string got;
    std::set<size_t> sizes;
    ssize_t last = 0;
    for (int i = 0; i < 2000; ++i) {
      net.run(kMicrosecond);
      const std::string part = net.read(both.server, last);
      ASSERT_EQ(last, -EAGAIN);
      if (!part.empty()) sizes.insert(part.size());
      got += part;
    }
    EXPECT_TRUE(got == text);
    EXPECT_GT(sizes.size(), 3u) << "cut at random";
    net.close(both);
    net.run();
    EXPECT_EQ(net.network.endpoints(), 0u);
    EXPECT_EQ(net.network.ports_used(), 0u);
  }
}

TEST(Network, LatencyIsWithinItsBounds) {
  const NetworkOptions options{.latency_min = 100 * kMicrosecond, .latency_spread = 10 * kMicrosecond};
  Net net(3, options);
  auto both = net.connected();
  for (int i = 0; i < 200; ++i) {
    const Nanos sent = net.timeline.now();
    net.network.send(both.client, "x", 1);
    ssize_t last;
    while (net.read(both.server, last).empty()) net.run(kMicrosecond);
    const Nanos took = net.timeline.now() - sent;
    ASSERT_GE(took, options.latency_min);
    ASSERT_LE(took, options.latency_min + 20 * options.latency_spread + kMicrosecond);
  }
  net.close(both);
}

TEST(Network, WindowBoundsWhatIsUnread) {
  Net net(1, {.window_min = 1000, .window_max = 1000});
  auto both = net.connected();
  const std::string text(5000, 'x');
  EXPECT_EQ(net.network.send(both.client, text.data(), text.size()), 1000);
  EXPECT_EQ(net.network.send(both.client, text.data(), text.size()), -EAGAIN);
  net.run();
  EXPECT_EQ(net.network.send(both.client, text.data(), text.size()), -EAGAIN) << "arrived is not read";
  char buffer[300];
  EXPECT_EQ(net.network.receive(both.server, buffer, 300), 300);
  EXPECT_EQ(net.network.send(both.client, text.data(), text.size()), 300);
  net.close(both);
}

TEST(Network, WaitingSenderIsWokenOnceAThirdIsFree) {
  Net net(1, {.window_min = 900, .window_max = 900});
  auto both = net.connected();
  net.network.send(both.client, std::string(900, 'x').data(), 900);
  net.run();
  Waiter waiter;
  waiter.wants = kWritable;
  both.client.waiters.push_back(&waiter);
  char buffer[300];
  net.woken = 0;
  net.network.receive(both.server, buffer, 299);
  net.run();
  EXPECT_EQ(net.woken, 0);
  net.network.receive(both.server, buffer, 1);
  EXPECT_EQ(net.woken, 0) << "the news takes its time";
  net.run();
  EXPECT_EQ(net.woken, 1);
  waiter.unlink();
  net.close(both);
}

TEST(Network, FinComesBehindTheData) {
  Net net;
  auto both = net.connected();
  net.network.send(both.client, "bye", 3);
  EXPECT_EQ(net.network.shutdown(both.client, SHUT_WR), 0);
  EXPECT_EQ(net.network.send(both.client, "x", 1), -EPIPE);
  net.run();
  ssize_t last = -1;
  EXPECT_EQ(net.read(both.server, last), "bye");
  EXPECT_EQ(last, 0);
  EXPECT_EQ(net.network.send(both.server, "reply", 5), 5) << "the other direction is open";
  net.run();
  EXPECT_EQ(net.read(both.client, last), "reply");
  EXPECT_EQ(last, -EAGAIN);
  net.close(both);
  net.run();
  EXPECT_EQ(net.network.endpoints(), 0u);
}

TEST(Network, BytesToAClosedSocketAreAnsweredByReset) {
  Net net;
  auto both = net.connected();
  net.network.release(both.server);
  net.run();
  ssize_t last = -1;
  net.read(both.client, last);
  EXPECT_EQ(last, 0) << "FIN";
  EXPECT_EQ(net.network.send(both.client, "x", 1), 1) << "the first one is accepted";
  net.run();
  EXPECT_EQ(net.network.send(both.client, "x", 1), -EPIPE) << "RST after FIN";
  net.read(both.client, last);
  EXPECT_EQ(last, 0);
  net.network.release(both.client);
  EXPECT_EQ(net.network.endpoints(), 0u);
}

TEST(Network, BytesUnderWayWhenThePeerClosesAreAnsweredByReset) {
  Net net;
  auto both = net.connected();
  net.network.send(both.client, "x", 1);
  net.network.release(both.server);
  net.run();
  ssize_t last = 0;
  net.read(both.client, last);
  EXPECT_EQ(last, 0) << "the FIN came first";
  EXPECT_EQ(net.network.send(both.client, "x", 1), -EPIPE);
  net.network.release(both.client);
  EXPECT_EQ(net.network.endpoints(), 0u);
}

TEST(Network, ErrorIsToldOnce) {
  Net net;
  auto both = net.connected();
  net.network.break_connection(both.client);
  EXPECT_EQ(net.network.send(both.client, "x", 1), -ECONNRESET);
  EXPECT_EQ(net.network.send(both.client, "x", 1), -EPIPE);
  ssize_t last = 1;
  net.read(both.client, last);
  EXPECT_EQ(last, 0);
  net.read(both.server, last);
  EXPECT_EQ(last, -ECONNRESET);
  net.read(both.server, last);
  EXPECT_EQ(last, 0);
  net.close(both);
  EXPECT_EQ(net.network.endpoints(), 0u);
}

TEST(Network, DisconnectResetsThePeerAndForgetsWhatIsUnread) {
  for (const bool close_at_once : {false, true}) {
    Net net;
    auto both = net.connected();
    net.network.send(both.client, "unread", 6);
    net.run();
    net.network.disconnect(both.server);
    if (close_at_once) {
      net.network.release(both.server);
    } else {
      ssize_t last = 0;
      EXPECT_EQ(net.read(both.server, last), "");
      EXPECT_EQ(last, -ECONNRESET);
    }
    net.run();
    ssize_t last = 0;
    net.read(both.client, last);
    EXPECT_EQ(last, -ECONNRESET);
    net.network.release(both.client);
    if (!close_at_once) net.network.release(both.server);
    EXPECT_EQ(net.network.endpoints(), 0u);
  }
}

TEST(Network, LingerZeroResets) {
  Net net;
  auto both = net.connected();
  const linger how{1, 0};
  EXPECT_EQ(net.network.set_option(both.server, SOL_SOCKET, SO_LINGER, &how, sizeof how, true), 0);
  net.network.release(both.server);
  net.run();
  ssize_t last = 0;
  net.read(both.client, last);
  EXPECT_EQ(last, -ECONNRESET);
  net.network.release(both.client);
  EXPECT_EQ(net.network.endpoints(), 0u);
}

TEST(Network, ClosingAListenerResetsWhatItHasNotAccepted) {
  Net net;
  Endpoint& listener = net.listener(80);
  Endpoint& client = net.client(80);
  net.run();
  net.network.release(listener);
  net.run();
  ssize_t last = 0;
  net.read(client, last);
  EXPECT_EQ(last, -ECONNRESET);
  net.network.release(client);
  EXPECT_EQ(net.network.endpoints(), 0u);
  EXPECT_EQ(net.network.connect_result(net.client(80)), -EAGAIN);
}

TEST(Network, ClientThatGivesUpLeavesNothing) {
  for (const Nanos after : {Nanos{0}, 10 * kMicrosecond, 25 * kMicrosecond, 45 * kMicrosecond, kMillisecond}) {
    Net net;
    Endpoint& listener = net.listener(80);
    Endpoint& client = net.client(80);
    net.run(after);
    net.network.release(client);
    net.run();
    Endpoint* server = net.network.accept(listener);
    if (server != nullptr) {
      ssize_t last = 1;
      net.read(*server, last);
      EXPECT_TRUE(last == 0 || last == -ECONNRESET);
      net.network.release(*server);
    }
    net.network.release(listener);
    net.run();
    EXPECT_EQ(net.network.endpoints(), 0u) << after;
    EXPECT_EQ(net.network.ports_used(), 0u);
  }
}

TEST(Network, PortsOfOnePairRunOutAndComeBack) {
  Net net(1, {.port_low = 40000, .port_high = 40009});
  net.listener(80, 100);
  net.listener(81, 100);
  std::vector<Endpoint*> clients;
  std::set<uint16_t> ports;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(&net.client(80));
    ports.insert(clients.back()->local.port);
  }
  EXPECT_EQ(ports.size(), 10u);
  EXPECT_EQ(*ports.begin(), 40000);
  const net::Address to = *net::Address::parse("127.0.0.1", 80);
  Endpoint& one_more = net.network.create(AF_INET);
  EXPECT_EQ(net.network.connect(one_more, &to.base, to.size), -EADDRNOTAVAIL);
  net.client(81);  // another destination has ports of its own
  const net::Address source = *net::Address::parse("127.0.0.2", 0);
  Endpoint& elsewhere = net.network.create(AF_INET);
  EXPECT_EQ(net.network.bind(elsewhere, &source.base, source.size), 0);
  EXPECT_EQ(net.network.connect(elsewhere, &to.base, to.size), 0) << "and so has another source";
  net.network.release(*clients[3]);
  Endpoint& again = net.network.create(AF_INET);
  EXPECT_EQ(net.network.connect(again, &to.base, to.size), 0);
}

TEST(Network, PortRangeOptionNarrows) {
  Net net;
  const uint32_t range = 50001u << 16 | 50000u;
  const net::Address to = *net::Address::parse("127.0.0.1", 80);
  std::set<uint16_t> ports;
  for (int i = 0; i < 3; ++i) {
    Endpoint& endpoint = net.network.create(AF_INET);
    ASSERT_EQ(net.network.set_option(endpoint, IPPROTO_IP, 51, &range, sizeof range, true), 0);
    const int result = net.network.connect(endpoint, &to.base, to.size);
    EXPECT_EQ(result, i < 2 ? 0 : -EADDRNOTAVAIL);
    if (result == 0) ports.insert(endpoint.local.port);
  }
  EXPECT_EQ(ports, (std::set<uint16_t>{50000, 50001}));
  Endpoint& old = net.network.create(AF_INET);
  EXPECT_EQ(net.network.set_option(old, IPPROTO_IP, 51, &range, sizeof range, false), -ENOPROTOOPT);
}

TEST(Network, AddressesAndPortsOfListeners) {
  Net net;
  net.listener(80, 16, "127.0.0.1");
  const net::Address taken = *net::Address::parse("127.0.0.1", 80);
  Endpoint& second = net.network.create(AF_INET);
  EXPECT_EQ(net.network.bind(second, &taken.base, taken.size), -EADDRINUSE);
  net.listener(80, 16, "127.0.0.9");
  Endpoint& six = net.listener(443, 16, "::");
  Endpoint& client = net.client(443, "::1");
  Endpoint& mapped = net.client(443, "127.0.0.1");
  net.run();
  EXPECT_EQ(net.network.connect_result(client), 0);
  EXPECT_EQ(net.network.connect_result(mapped), 0);
  EXPECT_NE(net.network.accept(six), nullptr);
  EXPECT_NE(net.network.accept(six), nullptr);
  EXPECT_EQ(net.network.accept(six), nullptr);
}

TEST(Network, EarlyFinTruncatesOneDirectionAndBreaksTheOther) {
  unsigned truncated = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Net net(seed, {.meddle_within = 10 * kSecond});
    net.faults.strike_at(Fault::early_fin);
    auto both = net.connected();
    net.run(10 * kSecond);
    ssize_t a = 1, b = 1;
    net.read(both.client, a);
    net.read(both.server, b);
    EXPECT_TRUE((a == 0 && b == -ECONNRESET) || (a == -ECONNRESET && b == 0)) << a << " " << b;
    truncated += a == 0;
    net.close(both);
    EXPECT_EQ(net.network.endpoints(), 0u);
  }
  EXPECT_GT(truncated, 0u);
  EXPECT_LT(truncated, 20u);
}

TEST(PortTable, GoesRoundBehindTheLastOne) {
  PortTable table(10, 12);
  const SocketName local{AF_INET, 0, 0, 1}, remote{AF_INET, 80, 0, 2};
  EXPECT_EQ(table.take(local, remote), 10);
  EXPECT_EQ(table.take(local, remote), 11);
  table.give(local, remote, 10);
  EXPECT_EQ(table.take(local, remote), 12);
  EXPECT_EQ(table.take(local, remote), 10);
  EXPECT_EQ(table.take(local, remote), 0);
  EXPECT_FALSE(table.take_exactly(local, remote, 12));
  EXPECT_TRUE(table.take_exactly(local, remote, 9999)) << "a bound port need not be in the range";
  EXPECT_EQ(table.used(), 4u);
}

TEST(Faults, StreamsAreIndependentAndExactOnesStrikeOnce) {
  Faults a(7), b(7);
  a.set(Fault::reset, 0.3);
  b.set(Fault::reset, 0.3);
  b.set(Fault::delay, 0.5);
  unsigned struck = 0;
  for (int i = 0; i < 1000; ++i) {
    b.strikes(Fault::delay);
    const bool strikes = a.strikes(Fault::reset);
    ASSERT_EQ(strikes, b.strikes(Fault::reset));
    struck += strikes;
  }
  EXPECT_NEAR(struck, 300, 60);
  EXPECT_EQ(a.struck(Fault::reset), struck);
  EXPECT_EQ(a.opportunities(Fault::reset), 1000u);

  Faults exact(1);
  exact.strike_at(Fault::reset, 3);
  std::vector<bool> seen;
  for (int i = 0; i < 5; ++i) seen.push_back(exact.strikes(Fault::reset));
  EXPECT_EQ(seen, (std::vector<bool>{false, false, true, false, false}));
}

TEST(Faults, HaveNames) {
  std::set<std::string> names;
  for (unsigned i = 0; i < kFaults; ++i) names.insert(fault_name(static_cast<Fault>(i)));
  EXPECT_EQ(names.size(), kFaults);
}

TEST(ByteQueue, KeepsOrderWhileItMoves) {
  ByteQueue queue;
  Prng random(5);
  std::string model;
  for (int i = 0; i < 3000; ++i) {
    const std::string text(random.below(50), static_cast<char>('a' + i % 26));
    queue.append(text.data(), text.size());
    model += text;
    const size_t drop = random.below(model.size() + 1);
    ASSERT_EQ(std::string(queue.data(), queue.size()), model);
    if (random.below(3) == 0) {
      queue.drop_front(drop);
      model.erase(0, drop);
    } else if (random.below(20) == 0) {
      queue.keep_front(drop);
      model.resize(drop);
    }
  }
}

}  // namespace
}  // namespace ringload::sim
