#include "health/ports.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_host.h"

namespace ringload::health {
namespace {

net::Address address(const char* host, uint16_t port) { return *net::Address::parse(host, port); }

constexpr const char* kHead =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

TEST(Ports, CountsByPairAndState) {
  FakeHost host;
  // 10.0.0.5 → 10.0.0.1:8080 twice and once in TIME_WAIT, 10.0.0.6 → the same once; the rest is of no interest.
  host.write("/proc/net/tcp", std::string(kHead) +
      "   0: 0500000A:9C40 0100000A:1F90 01 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   1: 0500000A:9C41 0100000A:1F90 02 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   2: 0500000A:9C42 0100000A:1F90 06 00000000:00000000 03:000017A5 00000000     0        0 0 3\n"
      "   3: 0600000A:9C40 0100000A:1F90 01 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   4: 0500000A:9C43 0100000A:1F91 01 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   5: 0500000A:1F90 0100000A:9C40 01 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   6: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   7: torn\n");
  host.write("/proc/net/tcp6", std::string(kHead) +
      "   0: 00000000000000000000000001000000:9C40 00000000000000000000000001000000:1F90 01 0:0 00:0 0 0 0 1 1\n");
  const net::Address targets[] = {address("10.0.0.1", 8080), address("::1", 8080)};
  const auto pairs = port_use(host.files(), targets);
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0].source, "10.0.0.5");
  EXPECT_EQ(pairs[0].target, "10.0.0.1:8080");
  EXPECT_EQ(pairs[0].connected, 2u);
  EXPECT_EQ(pairs[0].time_wait, 1u);
  EXPECT_EQ(pairs[0].taken(), 3u);
  EXPECT_EQ(pairs[1].source, "10.0.0.6");
  EXPECT_EQ(pairs[2].source, "[::1]");
  EXPECT_EQ(pairs[2].target, "[::1]:8080");
  EXPECT_TRUE(port_use(host.files(), {}).empty());
}

// The real kernel's table, with real connections.
class RealPorts : public testing::TestWithParam<const char*> {};

TEST_P(RealPorts, SeesConnectionsAndTimeWait) {
  net::Address target = address(GetParam(), 0);
  const int family = target.family();
  const int listener = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || ::bind(listener, &target.base, target.size) != 0)
    GTEST_SKIP() << GetParam() << " cannot be bound";
  ASSERT_EQ(::listen(listener, 8), 0);
  socklen_t size = target.size;
  ASSERT_EQ(::getsockname(listener, &target.base, &size), 0);

  int client[3], server[3];
  for (int i = 0; i < 3; ++i) {
    client[i] = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(client[i], &target.base, target.size), 0);
    server[i] = ::accept(listener, nullptr, nullptr);
    ASSERT_GE(server[i], 0);
  }
  const HostFiles host;
  auto pairs = port_use(host, {&target, 1});
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].connected, 3u);
  EXPECT_EQ(pairs[0].time_wait, 0u);

  ::close(client[0]);  // we close first
  ::close(server[0]);
  for (int i = 0; i < 200 && port_use(host, {&target, 1})[0].time_wait == 0; ++i) ::usleep(5000);
  pairs = port_use(host, {&target, 1});
  EXPECT_EQ(pairs[0].connected, 2u);
  EXPECT_EQ(pairs[0].time_wait, 1u);
  for (int i = 1; i < 3; ++i) {
    ::close(server[i]);  // the target closes first: TIME_WAIT is its own
    ::close(client[i]);
  }
  ::close(listener);
}
INSTANTIATE_TEST_SUITE_P(Ports, RealPorts, testing::Values("127.0.0.1", "::1"));

TEST(TimeWait, KeepsPortsForAMinuteUnlessTheyAreReused) {
  TimeWaitRules rules;
  rules.reuse = 0;
  EXPECT_EQ(forecast_time_wait(rules, 100, true).ports, 6000u);
  rules.reuse = 2;
  EXPECT_EQ(forecast_time_wait(rules, 100, true).ports, 100u);
  EXPECT_EQ(forecast_time_wait(rules, 100, false).ports, 6000u);
  rules.reuse = 1;
  EXPECT_EQ(forecast_time_wait(rules, 100, false).ports, 100u);
  EXPECT_EQ(forecast_time_wait(rules, 100, false).sockets, 6000u);
  rules.reuse_delay_ms = 2500;
  EXPECT_EQ(forecast_time_wait(rules, 100, false).ports, 250u);
  rules.timestamps = false;
  EXPECT_EQ(forecast_time_wait(rules, 100, false).ports, 6000u);
  rules.most_sockets = 4096;
  EXPECT_EQ(forecast_time_wait(rules, 100, false).sockets, 4096u);
  EXPECT_EQ(forecast_time_wait(rules, 0, false).sockets, 0u);
  EXPECT_EQ(forecast_time_wait(rules, 0.1, false).sockets, 6u);
}

TEST(TimeWait, RulesAreTheHosts) {
  FakeHost host;
  host.write("/proc/sys/net/ipv4/tcp_max_tw_buckets", "16384\n");
  TimeWaitRules rules = TimeWaitRules::read(host.files());
  EXPECT_EQ(rules.reuse, 1);
  EXPECT_TRUE(rules.timestamps);
  EXPECT_EQ(rules.reuse_delay_ms, 1000);
  EXPECT_EQ(rules.most_sockets, 16384);
  host.write("/proc/sys/net/ipv4/tcp_tw_reuse_delay", "500\n");
  host.write("/proc/sys/net/ipv4/tcp_timestamps", "0\n");
  rules = TimeWaitRules::read(host.files());
  EXPECT_EQ(rules.reuse_delay_ms, 500);
  EXPECT_FALSE(rules.timestamps);
}

}  // namespace
}  // namespace ringload::health
