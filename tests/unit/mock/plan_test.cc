#include "mock/plan.h"

#include <gtest/gtest.h>

#include <array>

namespace ringload::mock {
namespace {

TEST(FaultPlan, DrawsItsShares) {
  const auto plan = FaultPlan::parse("reset=10%,500=0.2,stall=5%:10s,truncate=0%");
  ASSERT_TRUE(plan.has_value()) << plan.error();
  std::array<unsigned, kFaultKinds> seen{};
  Prng prng(1);
  for (int i = 0; i < 100'000; ++i) {
    const Fault fault = plan->draw(prng);
    ++seen[static_cast<unsigned>(fault.kind)];
    EXPECT_EQ(fault.status, fault.kind == FaultKind::status ? 500 : 0);
    EXPECT_EQ(fault.duration, fault.kind == FaultKind::stall ? 10 * kSecond : 0);
  }
  const auto count = [&](FaultKind kind) { return seen[static_cast<unsigned>(kind)]; };
  EXPECT_NEAR(count(FaultKind::reset), 10'000, 500);
  EXPECT_NEAR(count(FaultKind::status), 20'000, 600);
  EXPECT_NEAR(count(FaultKind::stall), 5'000, 350);
  EXPECT_EQ(count(FaultKind::truncate), 0u);
  EXPECT_NEAR(count(FaultKind::none), 65'000, 800);
}

TEST(FaultPlan, AlwaysMeansAlways) {
  Prng prng(1);
  const auto plan = *FaultPlan::parse("malformed=100%");
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(plan.draw(prng).kind, FaultKind::malformed);
  EXPECT_TRUE(FaultPlan::parse("")->empty());
}

TEST(FaultPlan, RefusesNamingThePart) {
  for (const char* text : {"reset", "reset=", "reset=x%", "reset=101%", "reset=-1%", "reset=60%,500=50%", "oops=1%",
                           "200=1%", "600=1%", "stall=1%", "stall=1%:x", "reset=1%:5s", "none=1%", "status=1%"}) {
    const auto plan = FaultPlan::parse(text);
    ASSERT_FALSE(plan.has_value()) << text;
    EXPECT_GT(plan.error().size(), 15u);
  }
  EXPECT_NE(FaultPlan::parse("oops=1%").error().find("'oops'"), std::string::npos);
}

TEST(Interval, ParsesAndContains) {
  const auto interval = *Interval::parse("30s@1m");
  EXPECT_FALSE(interval.contains(60 * kSecond - 1));
  EXPECT_TRUE(interval.contains(60 * kSecond));
  EXPECT_TRUE(interval.contains(90 * kSecond - 1));
  EXPECT_FALSE(interval.contains(90 * kSecond));
  EXPECT_FALSE(Interval::parse("30s").has_value());
  EXPECT_FALSE(Interval::parse("30@1").has_value());
}

MockOptions with(void (*change)(MockOptions&)) {
  MockOptions options;
  change(options);
  return options;
}

TEST(Plan, Listen) {
  EXPECT_EQ(plan_mock(with([](auto& o) { o.listen = "[::1]:0"; }))->listen.text(), "[::1]:0");
  EXPECT_EQ(plan_mock(with([](auto& o) { o.listen = "localhost:81"; }))->listen.text(), "127.0.0.1:81");
  EXPECT_EQ(plan_mock(with([](auto& o) { o.listen = ":81"; }))->listen.text(), "0.0.0.0:81");
  for (const char* listen : {"8080", "127.0.0.1", "::1:80", "127.0.0.1:x", "127.0.0.1:65536", "example.com:80", ""}) {
    MockOptions options;
    options.listen = listen;
    const auto plan = plan_mock(options);
    ASSERT_FALSE(plan.has_value()) << listen;
    EXPECT_TRUE(plan.error().starts_with("--listen: ")) << plan.error();
  }
}

TEST(Plan, ErrorsNameTheFlag) {
  const auto flag_of = [](void (*change)(MockOptions&)) {
    const auto plan = plan_mock(with(change));
    return plan.has_value() ? std::string("none") : plan.error().substr(0, plan.error().find(':'));
  };
  EXPECT_EQ(flag_of([](auto&) {}), "none");
  EXPECT_EQ(flag_of([](auto& o) { o.shards = 0; }), "--shards");
  EXPECT_EQ(flag_of([](auto& o) { o.ttft = "20"; }), "--ttft");
  EXPECT_EQ(flag_of([](auto& o) { o.itl = "exp"; }), "--itl");
  EXPECT_EQ(flag_of([](auto& o) { o.service = "-1s"; }), "--service");
  EXPECT_EQ(flag_of([](auto& o) { o.service = "1s"; }), "--service");
  EXPECT_EQ(flag_of([](auto& o) { o.queue = 5; }), "--queue");
  EXPECT_EQ(flag_of([](auto& o) { o.burst = 5; }), "--burst");
  EXPECT_EQ(flag_of([](auto& o) { o.fault = "x"; }), "--fault");
  EXPECT_EQ(flag_of([](auto& o) { o.outage = "x"; }), "--outage");
  EXPECT_EQ(flag_of([](auto& o) { o.freeze = "3s"; }), "--freeze");
  EXPECT_EQ(flag_of([](auto& o) { o.limit = "window"; }), "--limit");
  EXPECT_EQ(flag_of([](auto& o) { o.rps = -1; }), "--rps");
  EXPECT_EQ(flag_of([](auto& o) { o.burst = 0; }), "--burst");
  EXPECT_EQ(flag_of([](auto& o) { o.output_tokens = 10'000'001; }), "--output-tokens");
}

}  // namespace
}  // namespace ringload::mock
