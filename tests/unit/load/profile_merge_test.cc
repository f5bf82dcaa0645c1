// Which value wins.
#include <gtest/gtest.h>

#include "load_testing.h"

namespace ringload::load {
namespace {

constexpr const char* kTwo = R"({
  "defaults": {"target": "http://a:1", "model": "m", "max_tokens": 7, "headers": {"A": "1", "B": "2"}, "system": "s",
               "extra_body": {"x": 1, "y": 2}},
  "scenarios": [{"name": "own", "model": "mine", "stream": true, "max_tokens": null, "headers": {"b": "3", "C": "4"},
                 "extra_body": {"y": null, "z": 3}, "weight": 3},
                {"name": "plain"}]
})";

TEST(ProfileMerge, ScenarioThenDefaultsThenBuiltIn) {
  const Profile profile = good_profile(kTwo);
  ASSERT_EQ(profile.scenarios.size(), 2u);
  const Scenario& own = profile.scenarios[0];
  const Scenario& plain = profile.scenarios[1];
  EXPECT_EQ(own.model, "mine");
  EXPECT_EQ(plain.model, "m");
  EXPECT_TRUE(own.stream);
  EXPECT_FALSE(plain.stream);
  EXPECT_EQ(own.max_tokens, std::nullopt);
  EXPECT_EQ(plain.max_tokens, 7);
  EXPECT_EQ(own.system, "s");
  EXPECT_EQ(own.protocol, "openai-chat");
  EXPECT_EQ(own.target.url(), "http://a:1/v1/chat/completions");
  ASSERT_EQ(own.headers.size(), 3u);
  EXPECT_EQ(own.headers[1].name + own.headers[1].value, "b3");
  EXPECT_EQ(plain.headers.size(), 2u);
  EXPECT_EQ(own.extra_body, R"({"x":1,"y":null,"z":3})");
  EXPECT_EQ(profile.origins.at("scenarios[0].model"), "scenario");
  EXPECT_EQ(profile.origins.at("scenarios[1].model"), "defaults");
  EXPECT_EQ(profile.origins.at("scenarios[1].stream"), "built-in");
}

TEST(ProfileMerge, BuiltInDefaults) {
  const Profile profile = good_profile(R"({"defaults": {"target": "http://h"}})");
  ASSERT_EQ(profile.scenarios.size(), 1u);
  const Scenario& scenario = profile.scenarios[0];
  EXPECT_EQ(scenario.max_tokens, 64);
  EXPECT_FALSE(scenario.stream);
  EXPECT_EQ(scenario.content.mode, ContentMode::pool);
  EXPECT_GT(scenario.content.prompts.size(), 5u);
  EXPECT_EQ(scenario.turns.max, 1);
  EXPECT_EQ(profile.timeout_ns, 120'000'000'000);
  EXPECT_EQ(profile.warmup_ns, 0);
  EXPECT_EQ(profile.cache_mode, CacheMode::bust);
  EXPECT_TRUE(profile.correlation.uuid_in_prompt);
  EXPECT_EQ(profile.correlation.header, "x-request-id");
  ASSERT_EQ(profile.stages.size(), 1u);
  EXPECT_EQ(profile.stages[0].label(), "10 VUs");
  EXPECT_EQ(profile.stages[0].duration_ns, 30'000'000'000);
  EXPECT_EQ(profile.name, "p");
}

TEST(ProfileMerge, FlagsComeBetweenScenarioAndDefaults) {
  Overrides flags;
  flags.model = "flag";
  flags.max_tokens = 9;
  flags.stream = false;
  flags.extra_body = R"({"x": 5, "z": 6})";
  const Profile profile = good_profile(kTwo, flags);
  EXPECT_EQ(profile.scenarios[0].model, "mine");
  EXPECT_EQ(profile.scenarios[1].model, "flag");
  EXPECT_EQ(profile.scenarios[0].max_tokens, std::nullopt);
  EXPECT_EQ(profile.scenarios[1].max_tokens, 9);
  EXPECT_TRUE(profile.scenarios[0].stream);
  EXPECT_EQ(profile.scenarios[0].extra_body, R"({"x":5,"y":null,"z":3})");
  EXPECT_EQ(profile.scenarios[1].extra_body, R"({"x":5,"y":2,"z":6})");
  EXPECT_EQ(profile.origins.at("scenarios[1].model"), "--model");
}

TEST(ProfileMerge, AnOverrideThatChangesNothingIsAnError) {
  const char* all_own = R"({"scenarios": [{"model": "a", "stream": true, "target": "http://h/x", "content": {"prompts": ["p"]}}]})";
  const auto with = [&](auto set) {
    Overrides flags;
    set(flags);
    return errors_of(all_own, flags);
  };
  EXPECT_EQ(with([](Overrides& f) { f.model = "b"; }), "--model: changes nothing: every scenario sets its own model\n");
  EXPECT_EQ(with([](Overrides& f) { f.stream = true; }), "--stream: changes nothing: every scenario sets its own stream\n");
  EXPECT_EQ(with([](Overrides& f) { f.prompt = "b"; }), "--prompt: changes nothing: every scenario sets its own content\n");
  EXPECT_EQ(with([](Overrides& f) { f.target = "http://g/y"; }),
            "--target: changes nothing: every scenario sets its own target\n");
  EXPECT_EQ(with([](Overrides& f) { f.target = "http://g"; }), "");
  EXPECT_EQ(with([](Overrides& f) { f.vk = "k", f.auth = "none"; }),
            "--vk: changes nothing: auth is none in every scenario\n");
}

TEST(ProfileMerge, TargetRules) {
  const char* text = R"({"defaults": {"target": "http://a:1/v1"}, "scenarios": [
      {}, {"target": "http://a:1/"}, {"target": "http://b:2/custom?x=1"}, {"target": "http://c:3", "protocol": "anthropic"}]})";
  const auto urls = [&](std::optional<std::string> flag) {
    Overrides flags;
    flags.target = flag;
    std::string out;
    for (const Scenario& each : good_profile(text, flags).scenarios) out += each.target.url() + " ";
    return out;
  };
  EXPECT_EQ(urls({}), "http://a:1/v1/chat/completions http://a:1/v1/chat/completions http://b:2/custom?x=1 "
                      "http://c:3/v1/messages ");
  EXPECT_EQ(urls("https://new/v1"), "https://new/v1/chat/completions https://new/v1/chat/completions "
                                    "https://new/custom?x=1 https://new/v1/messages ");
  EXPECT_EQ(urls("http://new/path"), "http://new/path http://new/path http://b:2/custom?x=1 http://c:3/v1/messages ");
}

TEST(ProfileMerge, KeysAndHeadersOnEveryScenario) {
  const char* text = R"({"defaults": {"target": "http://h", "headers": {"authorization": "Bearer REPLACE_WITH_VK"}},
      "scenarios": [{}, {"auth": "x-api-key", "protocol": "anthropic"}, {"auth": "none"}]})";
  const Profile bare = good_profile(text);
  EXPECT_EQ(validate_effective(bare).size(), 3u);
  EXPECT_NE(validate_effective(bare)[0].text().find("--vk-env"), std::string::npos);

  Overrides flags;
  flags.vk = "KEY${env:X}";
  flags.headers = {"X-Tag:  a b ", "authorization: Basic zzz"};
  const Profile profile = good_profile(text, flags);
  EXPECT_TRUE(validate_effective(profile).empty());
  const auto line = [&](size_t i) {
    std::string out;
    for (const Header& header : profile.scenarios[i].headers) out += header.name + "=" + header.value + ";";
    return out;
  };
  EXPECT_EQ(line(0), "authorization=Basic zzz;X-Tag=a b;");
  EXPECT_EQ(line(1), "authorization=Basic zzz;x-api-key=KEY${env:X};X-Tag=a b;");
  EXPECT_EQ(line(2), "authorization=Basic zzz;X-Tag=a b;");
  for (const Scenario& scenario : profile.scenarios) {
    for (const Header& header : scenario.headers) {
      if (header.name == "X-Tag") continue;
      EXPECT_EQ(header.shown, "<redacted>") << header.name;
    }
  }
  flags.headers.clear();
  EXPECT_EQ(good_profile(text, flags).scenarios[0].headers[0].value, "Bearer KEY${env:X}");
}

TEST(ProfileMerge, HeadersExpandVariablesAndFiles) {
  const Environment environment = test_environment({{"TOKEN", "t0"}}, {{"dir/key.txt", "k1\r\n"}, {"/abs", "k2"}});
  const Profile profile = good_profile(
      R"({"defaults": {"target": "http://h", "headers": {"X-A": "<${env:TOKEN}>", "X-B": "${file:key.txt}${file:/abs}"}}})", {},
      environment);
  EXPECT_EQ(profile.scenarios[0].headers[0].value, "<t0>");
  EXPECT_EQ(profile.scenarios[0].headers[0].shown, "<${env:TOKEN}>");
  EXPECT_EQ(profile.scenarios[0].headers[1].value, "k1k2");
  // What an expansion brings in is checked like the rest.
  EXPECT_NE(errors_of(R"({"defaults": {"headers": {"X": "${env:TOKEN}"}}})", {}, test_environment({{"TOKEN", "a\r\nB: c"}}))
                .find("control character"),
            std::string::npos);
}

TEST(ProfileMerge, FlagsAloneMakeAProfile) {
  Overrides flags;
  flags.target = "http://h:9";
  flags.model = "m";
  const auto profile = profile_from_flags(test_environment(), flags);
  ASSERT_TRUE(profile) << all_text(profile.error());
  const Scenario& scenario = profile->scenarios.at(0);
  EXPECT_EQ(scenario.content.mode, ContentMode::sized);
  EXPECT_EQ(scenario.content.size.tokens, 128);
  EXPECT_EQ(scenario.max_tokens, 128);
  EXPECT_TRUE(scenario.stream);
  EXPECT_EQ(profile->stages.at(0).label(), "10 VUs");
  flags.stream = false;
  flags.input_tokens = 550;
  flags.max_tokens = 5;
  flags.rate = "2k";
  flags.duration_ns = 5'000'000'000;
  const auto changed = profile_from_flags(test_environment(), flags);
  ASSERT_TRUE(changed) << all_text(changed.error());
  EXPECT_EQ(changed->scenarios[0].content.size.tokens, 550);
  EXPECT_FALSE(changed->scenarios[0].stream);
  EXPECT_EQ(changed->stages[0].label(), "@2,000/s poisson");
  EXPECT_EQ(changed->stages[0].duration_ns, 5'000'000'000);
}

TEST(ProfileMerge, NoTargetIsFoundBeforeAnythingIsSent) {
  const auto profile = profile_from_flags(test_environment(), {});
  ASSERT_TRUE(profile);
  const auto errors = validate_effective(*profile);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].text().find("--target"), std::string::npos);
}

TEST(ProfileMerge, OneStageFromFlags) {
  const char* text = R"({"stages": [{"concurrency": 5, "duration": "10s"}, {"rate": 50, "duration": "20s"}], "warmup": "1s"})";
  Overrides flags;
  flags.requests = 1000;
  Profile profile = good_profile(text, flags);
  ASSERT_EQ(profile.stages.size(), 1u);
  EXPECT_EQ(profile.stages[0].max_requests, 1000);
  EXPECT_EQ(profile.stages[0].label(), "10 VUs");
  EXPECT_GE(profile.stages[0].duration_ns, int64_t{3'600} * 1'000'000'000);
  EXPECT_EQ(profile.notes.size(), 1u);
  flags.rate = "100";
  profile = good_profile(text, flags);
  EXPECT_EQ(profile.stages[0].duration_ns, int64_t{31} * 1'000'000'000);
  flags.duration_ns = 3'000'000'000;
  EXPECT_EQ(good_profile(text, flags).stages[0].duration_ns, 3'000'000'000);
  // What the flags leave open is that of the only stage.
  Overrides longer;
  longer.duration_ns = 3'000'000'000;
  profile = good_profile(R"({"stages": [{"rate": 50, "arrival": "constant", "duration": "20s"}]})", longer);
  EXPECT_EQ(profile.stages[0].label(), "@50/s constant");
  EXPECT_EQ(profile.stages[0].duration_ns, 3'000'000'000);
}

TEST(ProfileMerge, ArrivalAndBurstinessOfOpenStages) {
  Overrides flags;
  flags.stages = "5:1s,@100:1s";
  flags.arrival = "gamma";
  flags.burstiness = 4;
  const Profile profile = good_profile("{}", flags);
  EXPECT_EQ(profile.stages[1].arrival, Arrival::gamma);
  EXPECT_DOUBLE_EQ(profile.stages[1].burstiness, 4);
}

TEST(ProfileMerge, WarmupIsOfEveryStage) {
  const Profile profile = good_profile(R"({"warmup": "10s", "stages": [{"concurrency": 1, "duration": "30s"},
      {"concurrency": 2, "duration": "5s"}, {"shape": "spike", "rate": 1, "duration": "70s"}]})");
  EXPECT_EQ(profile.stages[0].warmup_ns, 10'000'000'000);
  EXPECT_EQ(profile.stages[1].warmup_ns, 5'000'000'000);
  EXPECT_EQ(profile.stages[2].warmup_ns, 10'000'000'000);
  EXPECT_EQ(profile.stages[3].warmup_ns, 0);
  ASSERT_EQ(profile.notes.size(), 2u);
  EXPECT_NE(profile.notes[0].find("stage 2 (2 VUs)"), std::string::npos);
}

TEST(ProfileMerge, RandomDurationsAndSlo) {
  const Profile profile = good_profile(R"({"think_time": "250ms", "pause": {"min": "1s", "max": "3s"},
      "slo": {"ttft_ms": 500, "e2e_ms": 1000.5},
      "scenarios": [{}, {"think_time": {"mean": "2s"}, "pause": {"p50": "1s", "p99": "10s"},
                         "slo": {"ttft_ms": 0, "itl_ms": 50}}]})");
  EXPECT_EQ(profile.scenarios[0].think_time.mean_ns(), 250e6);
  EXPECT_EQ(profile.scenarios[0].pause.mean_ns(), 2e9);
  EXPECT_EQ(profile.scenarios[1].think_time.kind, RandomDuration::Kind::exponential);
  EXPECT_EQ(profile.scenarios[1].pause.kind, RandomDuration::Kind::lognormal);
  EXPECT_NEAR(profile.scenarios[1].pause.mean_ns(), 1.632e9, 0.01e9);
  EXPECT_EQ(profile.scenarios[0].slo.e2e_ns, 1'000'500'000);
  EXPECT_FALSE(profile.scenarios[1].slo.ttft_ns);
  EXPECT_EQ(profile.scenarios[1].slo.itl_ns, 50'000'000);
  EXPECT_EQ(profile.scenarios[1].slo.e2e_ns, 1'000'500'000);
}

TEST(ProfileMerge, ContentModesAreInferred) {
  const auto content = [](const std::string& json) {
    return good_profile(R"({"scenarios": [{"content": )" + json + "}]}").scenarios.at(0).content;
  };
  EXPECT_EQ(content("{}").mode, ContentMode::pool);
  EXPECT_FALSE(content("{}").prompts.empty());
  EXPECT_EQ(content(R"({"prompts": ["a"], "repeat": 3})").repeat, 3);
  EXPECT_EQ(content(R"({"script": ["a"]})").mode, ContentMode::scripted);
  EXPECT_EQ(content(R"({"approx_input_tokens": 5})").size.tokens, 5);
  EXPECT_EQ(content(R"({"mode": "sized"})").size.tokens, 256);
  EXPECT_EQ(content(R"({"mode": "pool", "prompts": ["a"], "approx_input_tokens": 5})").mode, ContentMode::pool);
  const Content normal = content(R"({"approx_input_tokens": {"mean": 100, "stdev": 20, "min": 10}})");
  EXPECT_EQ(normal.size.kind, SizeDistribution::Kind::normal);
  EXPECT_EQ(normal.size.max, 180);
  const Content choices = content(R"({"approx_input_tokens": {"choices": [[1000, 3], [10000, 1]]}})");
  EXPECT_EQ(choices.size.max_tokens(), 10'000);
  EXPECT_DOUBLE_EQ(choices.size.mean_tokens(), 3'250);
  EXPECT_EQ(content(R"({"file": "x.jsonl", "replay": "recorded"})").mode, ContentMode::dataset);
}

TEST(ProfileMerge, EqualNamesAreTold) {
  const Profile profile = good_profile(R"({"scenarios": [{"name": "a"}, {"name": "a"}, {}]})");
  EXPECT_EQ(profile.scenarios[1].name, "a-2");
  EXPECT_EQ(profile.scenarios[2].name, "scenario-3");
  EXPECT_EQ(profile.notes.size(), 1u);
}

TEST(ProfileMerge, EverythingElseArrives) {
  const Profile profile = good_profile(R"({"timeout": "5s", "connect_timeout": "1s", "dns_ttl": "0s",
      "disable_keepalive": true, "insecure_skip_verify": true, "capture_error_body": true, "disable_http2": true,
      "max_event_bytes": 4096, "max_in_flight": 77, "retry": {"max": 2, "on": ["rate_limited"]},
      "prices": {"m": {"input_per_mtok": 1.5, "output_per_mtok": 2}}, "budget_usd": 5, "budget_alert_pct": 50,
      "scrape": [{"name": "x", "url": "http://h/metrics", "match": ["a_*"], "interval": "1s"}],
      "correlation": {"header": "", "traceparent": true}, "cache_mode": "natural"})");
  EXPECT_EQ(profile.timeout_ns, 5'000'000'000);
  EXPECT_EQ(profile.connect_timeout_ns, 1'000'000'000);
  EXPECT_EQ(profile.dns_ttl_ns, 0);
  EXPECT_TRUE(profile.disable_keepalive && profile.insecure_skip_verify);
  EXPECT_EQ(profile.capture_error_body, 600);
  EXPECT_EQ(profile.max_event_bytes, 4096);
  EXPECT_EQ(profile.max_in_flight, 77);
  EXPECT_EQ(profile.retry.on.at(0), "rate_limited");
  EXPECT_DOUBLE_EQ(profile.prices.at("m").cached_input_per_mtok, 1.5);
  EXPECT_EQ(profile.budget_usd, 5);
  EXPECT_EQ(profile.scrape.at(0).match.at(0), "a_*");
  EXPECT_TRUE(profile.correlation.traceparent);
  EXPECT_EQ(profile.cache_mode, CacheMode::natural);
  const std::vector<std::string> missing = unsupported(profile);
  EXPECT_NE(std::find(missing.begin(), missing.end(), "scrape: not available yet"), missing.end());
  EXPECT_TRUE(unsupported(good_profile(R"({"defaults": {"target": "http://h"}})")).empty());
  const Profile later = good_profile(R"({"defaults": {"target": "http://h", "protocol": "gemini"}})");
  EXPECT_EQ(unsupported(later).at(0), "protocol gemini (scenario \"default\"): not available yet");
}

}  // namespace
}  // namespace ringload::load
