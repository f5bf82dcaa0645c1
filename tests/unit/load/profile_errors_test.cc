// Each fault with the whole complaint that it must give, and none of them twice.
#include <gtest/gtest.h>

#include "load_testing.h"

namespace ringload::load {
namespace {

struct Fault {
  const char* text;
  const char* complaint;
};

TEST(ProfileErrors, SayPlaceFoundAndAllowed) {
  const Fault faults[] = {
      {R"({"scenarios": [{}, {"weight": "x"}]})",
       "p.json:1:31: $.scenarios[1].weight: found \"x\" (string), allowed: number > 0\n"},
      {R"({"scenarios": [{"weight": 0}]})", "p.json:1:27: $.scenarios[0].weight: found 0 (number), allowed: number > 0\n"},
      {R"({"warmup": 10})", "p.json:1:12: $.warmup: found 10 (number), allowed: duration such as \"1m30s\"\n"},
      {R"({"warmup": "10"})",
       "p.json:1:12: $.warmup: found \"10\", which has no unit, allowed: a duration such as 1h30m, 1.5s or 250ms\n"},
      {R"({"cache_mode": "burst"})",
       "p.json:1:16: $.cache_mode: found \"burst\" (string), allowed: one of \"bust\", \"shared-prefix\", \"natural\" "
       "(did you mean \"bust\"?)\n"},
      {R"({"defaults": {"max_tokens": 0}})",
       "p.json:1:29: $.defaults.max_tokens: found 0 (number), allowed: whole number from 1 to 2000000 or null\n"},
      {R"({"defaults": {"max_tokens": 1.5}})",
       "p.json:1:29: $.defaults.max_tokens: found 1.5 (number), allowed: whole number from 1 to 2000000 or null\n"},
      {R"({"defaults": {"stream": "on"}})",
       "p.json:1:25: $.defaults.stream: found \"on\" (string), allowed: true or false\n"},
      {R"({"defaults": {"protocol": "opnai-chat"}})",
       "p.json:1:27: $.defaults.protocol: found \"opnai-chat\" (string), allowed: one of \"openai-chat\", \"anthropic\", "
       "\"openai-completions\", \"openai-embeddings\", \"openai-responses\", \"gemini\" (did you mean \"openai-chat\"?)\n"},
      {R"({"defaults": {"target": "gw:4000"}})",
       "p.json:1:25: $.defaults.target: found \"gw:4000\", allowed: a URL such as http://127.0.0.1:8080 or "
       "https://host/v1\n"},
      {R"({"defaults": {"headers": {"X Y": "z"}}})",
       "p.json:1:34: $.defaults.headers[\"X Y\"]: found the header name \"X Y\", allowed: letters, digits and "
       "!#$%&'*+-.^_`|~\n"},
      {R"({"defaults": {"headers": {"X": "a\r\nY: b"}}})",
       "p.json:1:32: $.defaults.headers.X: found a control character (CR, LF, NUL …) in the value, allowed: none\n"},
      {R"({"defaults": {"headers": {"content-length": "5"}}})",
       "p.json:1:45: $.defaults.headers[\"content-length\"]: Content-Length is the generator's own: it cannot be "
       "configured\n"},
      {R"({"defaults": {"headers": {"X": "${env:NO_SUCH}"}}})",
       "p.json:1:32: $.defaults.headers.X: the environment variable \"NO_SUCH\" is not set\n"},
      {R"({"defaults": {"headers": {"X": "${vault:a}"}}})",
       "p.json:1:32: $.defaults.headers.X: found \"${vault:a}\", allowed: ${env:NAME} or ${file:PATH}\n"},
      {R"({"defaults": {"headers": {"X": "${env:A"}}})",
       "p.json:1:32: $.defaults.headers.X: found \"${env:A\", allowed: ${env:NAME} or ${file:PATH}\n"},
      {R"({"defaults": {"headers": {"X": 1}}})", "p.json:1:32: $.defaults.headers.X: found 1 (number), allowed: string\n"},
      {R"({"stages": []})",
       "p.json:1:12: $.stages: found 0 items, allowed: array of object, at least 1\n"},
      {R"({"stages": [{"duration": "1s"}]})",
       "p.json:1:13: $.stages[0]: missing key: \"concurrency\" (closed loop) or \"rate\" (open loop)\n"},
      {R"({"stages": [{"concurrency": 1}]})", "p.json:1:13: $.stages[0]: missing key \"duration\": duration > 0 such as \"1m30s\"\n"},
      {R"({"stages": [{"concurrency": 1, "rate": 2, "duration": "1s"}]})",
       "p.json:1:13: $.stages[0]: found both \"concurrency\" and \"rate\", allowed: one of them\n"},
      {R"({"stages": [{"concurrency": 1, "duration": "0s"}]})",
       "p.json:1:44: $.stages[0].duration: found \"0s\" (string), allowed: a duration > 0\n"},
      {R"({"stages": [{"concurrency": 1.5, "duration": "1s"}]})",
       "p.json:1:29: $.stages[0].concurrency: found 1.5 (number), allowed: whole number from 1 to 10000000 or object "
       "{from, to}\n"},
      {R"({"stages": [{"concurrency": {"from": 1}, "duration": "1s"}]})",
       "p.json:1:29: $.stages[0].concurrency: missing key \"to\": whole number from 0 to 10000000\n"},
      {R"({"stages": [{"concurrency": {"from": 1, "to": 2.5}, "duration": "1s"}]})",
       "p.json:1:47: $.stages[0].concurrency.to: found 2.5 (number), allowed: whole number from 0 to 10000000\n"},
      {R"({"stages": [{"concurrency": 1, "arrival": "poisson", "duration": "1s"}]})",
       "p.json:1:43: $.stages[0].arrival: found \"poisson\" (string), allowed: only in an open stage (\"rate\")\n"},
      {R"({"stages": [{"rate": 1, "burstiness": 4, "duration": "1s"}]})",
       "p.json:1:39: $.stages[0].burstiness: found 4 (number), allowed: only beside \"arrival\": \"gamma\"\n"},
      {R"({"stages": [{"rate": 1, "low": 4, "duration": "1s"}]})",
       "p.json:1:32: $.stages[0].low: found \"low\" in a stage without a shape, allowed: concurrency, rate\n"},
      {R"({"stages": [{"shape": "burst", "low": 1, "high": 1, "period": "1s", "duration": "10s"}]})",
       "p.json:1:50: $.stages[0].high: found 1 (number), allowed: > \"low\"\n"},
      {R"({"stages": [{"shape": "sine", "min": 1, "max": 2, "duration": "10s"}]})",
       "p.json:1:13: $.stages[0]: missing key \"period\" of this shape\n"},
      {R"({"scenarios": [{"turns": {"min": 3, "max": 2}}]})",
       "p.json:1:44: $.scenarios[0].turns.max: found 2 (number), allowed: ≥ \"min\"\n"},
      {R"({"think_time": {"min": "2s", "max": "1s"}})",
       "p.json:1:37: $.think_time.max: found \"1s\" (string), allowed: ≥ \"min\"\n"},
      {R"({"think_time": {"min": "2s", "mean": "1s"}})",
       "p.json:1:16: $.think_time: found a mix of forms, allowed: a duration, {\"min\", \"max\"}, {\"mean\", "
       "\"distribution\"} or {\"p50\", \"p99\"}\n"},
      {R"({"pause": {"p50": "1s"}})", "p.json:1:11: $.pause: missing key \"p99\": duration\n"},
      {R"({"scenarios": [{"content": {"mode": "scripted"}}]})",
       "p.json:1:28: $.scenarios[0].content: missing key \"script\" of mode \"scripted\"\n"},
      {R"({"scenarios": [{"content": {"mode": "sized", "approx_input_tokens": {"choices": [[0, 1]]}}}]})",
       "p.json:1:83: $.scenarios[0].content.approx_input_tokens.choices[0][0]: found 0 (number), allowed: whole number "
       "≥ 1 of tokens\n"},
      {R"({"retry": {"on": ["timeot"]}})", nullptr},
      {R"({"timeout": "0s"})", "p.json:1:13: $.timeout: found \"0s\" (string), allowed: a duration > 0\n"},
      {R"({"capture_error_body": 601})",
       "p.json:1:24: $.capture_error_body: found 601 (number), allowed: true or false or whole number from 0 to 600\n"},
      {R"({"scenarios": [{"name": "ALL"}]})",
       "p.json:1:25: $.scenarios[0].name: found \"ALL\" (string), allowed: another name: reports use this one\n"},
      {R"({"defaults": {"extra_body": 5}})", "p.json:1:29: $.defaults.extra_body: found 5 (number), allowed: object\n"},
      {R"({"warmup": null})", "p.json:1:12: $.warmup: found null, allowed: duration such as \"1m30s\"\n"},
      {"{\"warmup\": \"1s\", \"warmup\": \"2s\"}", "p.json:1:18: duplicate key \"warmup\"\n"},
      {"{\"warmup\": }", nullptr},
  };
  for (const Fault& fault : faults) {
    const std::string errors = errors_of(fault.text);
    if (fault.complaint != nullptr) {
      EXPECT_EQ(errors, fault.complaint) << fault.text;
    }
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << fault.text << "\n" << errors;
  }
}

TEST(ProfileErrors, UnknownKeysAskWhatWasMeant) {
  const Fault faults[] = {
      {R"({"scenarois": []})", "p.json:1:2: $.scenarois: unknown key \"scenarois\", did you mean \"scenarios\"?"},
      {R"({"defaults": {"max_token": 5}})", "$.defaults.max_token: unknown key \"max_token\", did you mean \"max_tokens\"?"},
      {R"({"stages": [{"concurency": 1, "concurrency": 1, "duration": "1s"}]})", "did you mean \"concurrency\"?"},
      {R"({"scenarios": [{"content": {"promts": []}}]})", "did you mean \"prompts\"?"},
      {R"({"correlation": {"uuid": true}})", "Allowed in correlation: uuid_in_prompt, header, traceparent"},
      {R"({"prices": {"m": {"input": 1}}})", "$.prices.m.input: unknown key"},
      {R"({"scrape": [{"name": "x", "url": "http://h", "every": "1s"}]})", "$.scrape[0].every: unknown key"},
  };
  for (const Fault& fault : faults) {
    const std::string errors = errors_of(fault.text);
    EXPECT_NE(errors.find(fault.complaint), std::string::npos) << fault.text << "\n" << errors;
  }
  EXPECT_EQ(errors_of(R"({"zzzzzz": 1})").find("did you mean"), std::string::npos);
}

TEST(ProfileErrors, AllOfAFileAtOnceInItsOrder) {
  const std::string errors = errors_of(R"({
  "defaults": {"model": 5, "target": "x"},
  "stages": [{"concurrency": 0, "duration": "1s"}, {"duration": "5"}],
  "thresholds": ["nope<=5"],
  "wamup": "1s",
  "scenarios": [{"weight": -1}, {"protocol": "http"}, {"turns": 0, "think_time": true}]
})");
  std::vector<std::string> lines;
  for (size_t at = 0; at < errors.size();) {
    const size_t end = errors.find('\n', at);
    lines.push_back(errors.substr(at, errors.find(": ", errors.find(": ", at) + 1) - at));
    at = end + 1;
  }
  const std::vector<std::string> expected = {
      "p.json:2:25: $.defaults.model",         "p.json:2:38: $.defaults.target",
      "p.json:3:30: $.stages[0].concurrency",  "p.json:3:52: $.stages[1]",
      "p.json:3:65: $.stages[1].duration",     "p.json:4:18: $.thresholds[0]",
      "p.json:5:3: $.wamup",                   "p.json:6:28: $.scenarios[0].weight",
      "p.json:6:46: $.scenarios[1].protocol",  "p.json:6:65: $.scenarios[2].turns",
      "p.json:6:82: $.scenarios[2].think_time"};
  std::vector<std::string> found = lines;
  found.erase(std::remove(found.begin(), found.end(), "p.json:3:52: $.stages[1]"), found.end());
  std::vector<std::string> wanted = expected;
  wanted.erase(wanted.begin() + 3);
  EXPECT_EQ(found, wanted) << errors;
}

TEST(ProfileErrors, CommentsAreAllowedAnywhere) {
  EXPECT_EQ(errors_of(R"({"_x": 1, "defaults": {"_y": [], "headers": {"_z": 5}}, "stages": [{"_a": {}, "rate": 1,
      "duration": "1s"}], "scenarios": [{"_b": null, "content": {"_c": 1}}], "thresholds": {"_d": "x"},
      "prices": {"_e": 1}, "slo": {"_f": 2}, "correlation": {"_g": 1}})"),
            "");
}

TEST(ProfileErrors, KeysAreNeverEchoed) {
  const std::string errors = errors_of(R"({"defaults": {"model": true, "target": "sk-1234567890abcdef"}})");
  EXPECT_EQ(errors.find("1234567890"), std::string::npos) << errors;
}

TEST(ProfileErrors, FlagsAreNamed) {
  const auto with = [](auto set) {
    Overrides flags;
    set(flags);
    return errors_of("{}", flags);
  };
  EXPECT_EQ(with([](Overrides& f) { f.stages = "30s:100"; }),
            "--stages: found \"30s:100\", where the duration comes first as in k6, allowed: 100:30s\n");
  EXPECT_EQ(with([](Overrides& f) { f.stages = "1:1s", f.rate = "5"; }),
            "--stages: found beside --rate, --concurrency, --duration or --requests, allowed: one or the other\n");
  EXPECT_EQ(with([](Overrides& f) { f.rate = "5", f.concurrency = 3; }),
            "--rate: found beside --concurrency, allowed: one of them\n");
  EXPECT_EQ(with([](Overrides& f) { f.arrival = "gamma"; }),
            "--arrival: changes nothing: no stage is open (--rate or @RATE)\n");
  EXPECT_EQ(with([](Overrides& f) { f.headers = {"secret-without-colon"}; }),
            "--header: found no colon, allowed: 'Name: value'\n");
  EXPECT_EQ(with([](Overrides& f) { f.extra_body = "{\"a\": }"; }).substr(0, 24), "--extra-body: column 7: ");
  EXPECT_EQ(with([](Overrides& f) { f.prompt = "x", f.input_tokens = 5; }),
            "--prompt: found beside --input-tokens, allowed: one of them\n");
  EXPECT_EQ(with([](Overrides& f) { f.auth = "basic"; }),
            "--auth: found \"basic\", allowed: bearer, x-api-key, api-key, none\n");
  EXPECT_EQ(with([](Overrides& f) { f.vk = "a\nb"; }), "--vk: found a control character in the key, allowed: none\n");
  EXPECT_EQ(with([](Overrides& f) { f.prompt = "\xff"; }), "--prompt: found bytes that are not UTF-8, allowed: UTF-8\n");
  EXPECT_EQ(with([](Overrides& f) { f.headers = {"X: \xc3"}; }),
            "--header: found bytes that are not UTF-8 in the value, allowed: UTF-8\n");
  EXPECT_EQ(with([](Overrides& f) { f.concurrency = 0; }),
            "--concurrency: found 0, allowed: whole number from 1 to 10000000\n");
}

}  // namespace
}  // namespace ringload::load
