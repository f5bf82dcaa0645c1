#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "load/json_value.h"
#include "load_testing.h"

namespace ringload::load {
namespace {

constexpr const char* kRich = R"({
  "defaults": {"target": "https://h/v1", "model": "m", "headers": {"Authorization": "Bearer sk-secret-secret", "X": "${env:T}"},
               "extra_body": {"a": [1, {"b": null}]}, "system": "quote \" and \n"},
  "stages": [{"concurrency": {"from": 1, "to": 5}, "duration": "10s"}, {"shape": "spike", "rate": 3, "duration": "7s"},
             {"rate": 2.5, "arrival": "gamma", "burstiness": 4, "rate_of": "conversations", "duration": "1m30s"},
             {"shape": "sine", "min": 1, "max": 3, "period": "2s", "duration": "5s"}],
  "thresholds": {"ttft_p95_ms": 500, "p95_ms": 0}, "slo": {"e2e_ms": 5}, "pause": {"p50": "1s", "p99": "2s"},
  "think_time": {"mean": "1.5s"}, "warmup": "1s", "capture_error_body": true, "prices": {"m": {"output_per_mtok": 2}},
  "scrape": [{"name": "x", "url": "http://h/m"}], "budget_usd": 3,
  "scenarios": [{"name": "a", "turns": {"min": 1, "max": 4}, "content": {"approx_input_tokens": {"choices": [[5, 1]]}}},
                {"name": "b", "max_tokens": null, "content": {"approx_input_tokens": {"mean": 5, "stdev": 1}}},
                {"name": "c", "weight": 0.5, "content": {"script": ["x", "y"]}}, {"content": {"file": "f"}}]
})";

TEST(ProfilePrint, IsAProfileThatPrintsTheSame) {
  const Environment environment = test_environment({{"T", "tee"}});
  const std::string once = print_profile(good_profile(kRich, {}, environment));
  const std::string twice = print_profile(good_profile(once, {}, environment));
  EXPECT_EQ(once, twice);
}

TEST(ProfilePrint, KeepsSecretsAndVariablesOut) {
  const std::string text = print_profile(good_profile(kRich, {}, test_environment({{"T", "tee"}})));
  EXPECT_EQ(text.find("sk-secret"), std::string::npos);
  EXPECT_EQ(text.find("tee"), std::string::npos);
  EXPECT_NE(text.find("\"Authorization\": \"<redacted:REPLACE_WITH_VK>\""), std::string::npos);
  EXPECT_NE(text.find("${env:T}"), std::string::npos);
}

TEST(ProfilePrint, SaysWhereAKeyIsFromAndNeverSendsAPlaceholder) {
  Overrides flags;
  flags.target = "http://h/p?key=hush";
  flags.vk = "hush";
  flags.extra_body = R"({"api_key": "hush", "n": 1})";
  const std::string hidden = print_profile(good_profile("{}", flags));
  EXPECT_EQ(hidden.find("hush"), std::string::npos) << hidden;
  EXPECT_EQ(validate_effective(good_profile(hidden)).size(), 3u);
  flags = {};
  flags.target = "http://h";
  flags.vk = "hush";
  flags.vk_source = "${env:KEY}";
  const Profile read = good_profile(print_profile(good_profile("{}", flags)), {}, test_environment({{"KEY", "hush"}}));
  EXPECT_EQ(read.scenarios[0].headers[0].value, "Bearer hush");
  EXPECT_EQ(validate_effective(read).size(), 0u);
}

TEST(ProfilePrint, KeepsWhatFlagsMadeOfShapes) {
  Overrides flags;
  flags.arrival = "constant";
  const Profile profile = good_profile(R"({"rate_of": "conversations", "defaults": {"target": "http://h"},
      "stages": [{"_": "x", "shape": "sustained", "rate": 5, "duration": "1m", "arrival": "gamma", "burstiness": 4}]})", flags);
  const Profile read = good_profile(print_profile(profile));
  EXPECT_EQ(read.stages[0].arrival, Arrival::constant);
  EXPECT_EQ(read.stages[0].rate_of, RateOf::conversations);
  EXPECT_EQ(read.stages[0].shape, Shape::sustained);
}

TEST(ProfilePrint, KeepsThresholdsThatAreOffAndThoseThatNothingFeeds) {
  const char* const text = R"({"defaults": {"target": "http://h"}, "scenarios": [{"name": "a"}],
      "thresholds": {"rps": 5, "error_rate": 0, "itl_p95_ms": 5, "goodput": 0.9, "a:p99.9_ms": 7.5, "ttft_ms": 9}})";
  const Profile profile = good_profile(text), read = good_profile(print_profile(profile));
  ASSERT_EQ(read.thresholds.size(), profile.thresholds.size());
  for (size_t i = 0; i < read.thresholds.size(); ++i) {
    EXPECT_EQ(read.thresholds[i].expr, profile.thresholds[i].expr);
    EXPECT_EQ(read.thresholds[i].off, profile.thresholds[i].off);
    EXPECT_EQ(read.thresholds[i].ttft_reads_ttfb, profile.thresholds[i].ttft_reads_ttfb);
  }
}

TEST(ProfilePrint, ShowsEachDefaultOnce) {
  const std::string text = print_profile(good_profile(R"({"defaults": {"target": "http://h"}})"));
  for (const char* line : {"\"max_tokens\": 64", "\"timeout\": \"2m\"", "\"cache_mode\": \"bust\"", "\"stream\": false",
                           "{\"concurrency\": 10, \"duration\": \"30s\"}", "http://h/v1/chat/completions"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(ProfileSchema, IsJsonAndKnowsEveryKey) {
  const JsonDocument schema(profile_schema());
  ASSERT_TRUE(schema.syntax_ok());
  EXPECT_TRUE(schema.errors().empty());
  const JsonValue* properties = schema.root().find("properties");
  ASSERT_NE(properties, nullptr);
  for (const char* key : {"defaults", "stages", "warmup", "cache_mode", "correlation", "thresholds", "slo", "think_time",
                          "pause", "timeout", "disable_keepalive", "insecure_skip_verify", "capture_error_body",
                          "disable_http2", "connect_timeout", "dns_ttl", "max_event_bytes", "max_in_flight", "retry",
                          "prices", "budget_usd", "budget_alert_pct", "scrape", "scenarios"}) {
    EXPECT_NE(properties->find(key), nullptr) << key;
  }
  EXPECT_FALSE(schema.root().find("additionalProperties")->boolean);
}

// docs/profiles.md is made by `RINGLOAD_WRITE_DOCS=1 unit_load --gtest_filter='ProfileReference.*'`.
TEST(ProfileReference, IsWhatTheDocsHold) {
  const std::string path = std::string(DOCS_DIR) + "/profiles.md";
  if (std::getenv("RINGLOAD_WRITE_DOCS") != nullptr) std::ofstream(path) << profile_reference();
  std::ifstream in(path);
  std::ostringstream docs;
  docs << in.rdbuf();
  EXPECT_EQ(docs.str(), profile_reference()) << "docs/profiles.md is out of date: see the comment above this test";
}

}  // namespace
}  // namespace ringload::load
