#include "engine/capacity.h"

#include <gtest/gtest.h>

#include "ringload/profile_load.h"

namespace ringload::engine {
namespace {

std::expected<Capacity, std::string> planned(const std::string& host, const std::string& stage, unsigned sources = 0,
                                             const std::string& rest = "", uint16_t ports = 28232) {
  const auto profile = parse_profile(R"({"defaults": {"target": "http://)" + host + R"(:8080", "model": "m"}, "stages": [)" +
                                     stage + "]" + rest + "}", "p.json", Environment::process());
  EXPECT_TRUE(profile);
  HostLimits limits;
  limits.open_files_hard = 100'000;
  limits.port_low = 32768;
  limits.port_high = static_cast<uint16_t>(32767 + ports);
  return plan_capacity(*load::Workload::make(*profile, {}).value(), limits, 1, sources);
}

std::string users(unsigned n) { return R"({"concurrency": )" + std::to_string(n) + R"(, "duration": "1s"})"; }
const char* const kOpen = R"({"rate": 1000, "duration": "1s"})";

TEST(Capacity, OneConnectionForEachUserIsTheLeast) {
  EXPECT_TRUE(planned("10.0.0.1", users(28232)));
  const auto refused = planned("10.0.0.1", users(28233));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("28233 VUs"), std::string::npos) << refused.error();
  EXPECT_NE(refused.error().find("--source-ip 2 addresses"), std::string::npos) << refused.error();
  EXPECT_TRUE(planned("10.0.0.1", users(28233), 2));
  EXPECT_FALSE(planned("10.0.0.1", users(101), 1, "", 100));
  EXPECT_TRUE(planned("127.0.0.1", users(60000))) << "loopback has more addresses";
}

TEST(Capacity, UsersOfTwoTargetsShareNoPorts) {
  const char* two = R"(, "scenarios": [{"name": "a"}, {"name": "b", "target": "http://10.0.0.2:8080"}])";
  const auto plan = planned("10.0.0.1", users(50'000), 0, two);
  ASSERT_TRUE(plan) << plan.error();
  EXPECT_EQ(plan->local_ports, 25'000u);
}

TEST(Capacity, SourcesAreAddedBeforeHalfOfTheRangeIsTaken) {
  EXPECT_EQ(planned("127.0.0.1", users(14'000))->source_addresses, 1u);
  EXPECT_EQ(planned("127.0.0.1", users(14'200))->source_addresses, 2u);
  EXPECT_EQ(planned("127.0.0.1", users(60'000))->source_addresses, 5u);
  EXPECT_EQ(planned("10.0.0.1", users(20'000))->source_addresses, 1u) << "there are no others";
  EXPECT_EQ(planned("10.0.0.1", users(20'000), 3)->source_addresses, 3u);
}

TEST(Capacity, WhatIsInFlightIsBoundByPortsOfAllSources) {
  const auto one = planned("10.0.0.1", kOpen, 0, "", 100);
  EXPECT_EQ(one->in_flight, 100u);
  EXPECT_EQ(one->in_flight_limit, "ports");
  EXPECT_EQ(planned("10.0.0.1", kOpen, 3, "", 100)->in_flight, 300u);
  EXPECT_EQ(planned("127.0.0.1", kOpen, 1, "", 100)->in_flight, 100u) << "the user's choice of sources";
  EXPECT_EQ(planned("127.0.0.1", kOpen, 0, "", 100)->in_flight, 25'000u);
}

TEST(Capacity, WithoutKeepAliveTimeWaitIsForeseen) {
  const char* closing = R"(, "disable_keepalive": true)";
  const auto far = planned("10.0.0.1", kOpen, 0, closing);
  EXPECT_EQ(far->time_wait_sockets, 60'000u);
  EXPECT_EQ(far->time_wait_ports, 60'000u) << "reuse is for loopback only by default";
  const auto near = planned("127.0.0.1", kOpen, 0, closing);
  EXPECT_EQ(near->time_wait_sockets, 60'000u);
  EXPECT_EQ(near->time_wait_ports, 1'000u);
  EXPECT_EQ(planned("127.0.0.1", kOpen)->time_wait_sockets, 0u);
  EXPECT_GT(planned("127.0.0.1", users(64), 0, closing)->source_addresses, 1u) << "thousands close each second";
}

}  // namespace
}  // namespace ringload::engine
