#include <gtest/gtest.h>

#include "ringload/profile_load.h"

namespace ringload {
namespace {

TEST(Duration, ReadsWhatGoWrites) {
  const std::pair<const char*, int64_t> cases[] = {
      {"0", 0}, {"0s", 0}, {"1ns", 1}, {"1us", 1'000}, {"1µs", 1'000}, {"1μs", 1'000}, {"250ms", 250'000'000},
      {"1.5s", 1'500'000'000}, {".5s", 500'000'000}, {"1h30m", 5'400'000'000'000}, {"1m0.25s", 60'250'000'000},
      {"0.1s", 100'000'000}, {"2.000000001s", 2'000'000'001}, {"1.s", 1'000'000'000}, {"+1s", 1'000'000'000},
  };
  for (const auto& [text, ns] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(*parsed, ns) << text;
  }
}

TEST(Duration, RefusesAnythingElse) {
  for (const char* text : {"", "s", "10", "-1s", "+", "+-1s", "1 s", "1S", "1x", "1e3s", "1sx", "inf", "nans", ".s", "1..5s",
                           "9000h", "1h -5m", "0x10s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find("allowed"), std::string::npos) << text;
  }
}

TEST(Duration, PrintsWhatItReads) {
  const std::pair<int64_t, const char*> cases[] = {
      {0, "0s"}, {1, "1ns"}, {1'500, "1.5us"}, {250'000'000, "250ms"}, {1'500'000'000, "1.5s"}, {60'000'000'000, "1m"},
      {5'400'000'000'000, "1h30m"}, {3'600'000'000'001, "1h0.000000001s"}, {999'999, "999.999us"},
  };
  for (const auto& [ns, text] : cases) {
    EXPECT_EQ(format_duration(ns), text);
    EXPECT_EQ(parse_duration(text).value(), ns);
  }
}

TEST(Rate, TakesThousandsAndMinutes) {
  EXPECT_DOUBLE_EQ(parse_rate("20000").value(), 20'000);
  EXPECT_DOUBLE_EQ(parse_rate("20k").value(), 20'000);
  EXPECT_DOUBLE_EQ(parse_rate("1.5k").value(), 1'500);
  EXPECT_DOUBLE_EQ(parse_rate("10000/m").value(), 10'000 / 60.0);
  EXPECT_DOUBLE_EQ(parse_rate("10k/min").value(), 10'000 / 60.0);
  EXPECT_DOUBLE_EQ(parse_rate("0.5/s").value(), 0.5);
  for (const char* text : {"", "0", "-1", "k", "10x", "10/", "10/d", "1e9", "1000M", "nan", "20k20"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
}

TEST(Stages, ReadsTheFourForms) {
  const auto stages = parse_stages("100:60s, @20k:1m,1-100:30s,@1000-20000:60s,0-5:1s,@10000/m:2s");
  ASSERT_TRUE(stages) << stages.error();
  ASSERT_EQ(stages->size(), 6u);
  const auto& all = *stages;
  EXPECT_EQ(all[0].loop, Loop::closed);
  EXPECT_EQ(all[0].label(), "100 VUs");
  EXPECT_EQ(all[0].duration_ns, 60'000'000'000);
  EXPECT_EQ(all[1].loop, Loop::open);
  EXPECT_EQ(all[1].label(), "@20,000/s poisson");
  EXPECT_TRUE(all[2].is_ramp());
  EXPECT_EQ(all[2].label(), "1–100 VUs");
  EXPECT_EQ(all[3].label(), "@1,000–20,000/s poisson");
  EXPECT_DOUBLE_EQ(all[3].mean_level(), 10'500);
  EXPECT_EQ(all[4].legs[0].from, 0);
  EXPECT_EQ(all[5].label(), "@166.667/s poisson");
  EXPECT_EQ(parse_stages("1:1s")->front().label(), "1 VU");
}

TEST(Stages, RefusesK6sOrderWithTheSwappedForm) {
  const auto stages = parse_stages("10:5s,30s:100");
  ASSERT_FALSE(stages);
  EXPECT_NE(stages.error().find("\"30s:100\""), std::string::npos) << stages.error();
  EXPECT_NE(stages.error().find("allowed: 100:30s"), std::string::npos) << stages.error();
}

TEST(Stages, NamesTheFaultyPart) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "allowed: 100:60s"},       {"100", "allowed: 100:60s"},     {"100:60", "no unit"},
      {"100:60s,", "allowed"},        {"0:60s", "whole number"},       {"1.5:60s", "whole number"},
      {"@0:60s", "> 0"},              {"@x:60s", "\"x\""},             {"100:0s", "duration > 0"},
      {"0-0:5s", "leaves 0"},         {"1-x:5s", "\"x\""},             {"-5:5s", "whole number"},
      {"99999999999:5s", "10000000"}, {"@1-:5s", "requests per second"},
  };
  for (const auto& [text, part] : cases) {
    const auto stages = parse_stages(text);
    ASSERT_FALSE(stages) << text;
    EXPECT_NE(stages.error().find(part), std::string::npos) << text << ": " << stages.error();
  }
}

TEST(TargetUrl, BasesGetTheProtocolsPath) {
  const std::pair<const char*, const char*> cases[] = {
      {"http://h", "http://h/P"},
      {"http://h/", "http://h/P"},
      {"http://h/v1", "http://h/P"},
      {"http://h/v1/", "http://h/P"},
      {"http://h/openai/v1", "http://h/openai/P"},
      {"HTTP://H:8080/v1", "http://h:8080/P"},
      {"https://h:443", "https://h/P"},
      {"http://h:443", "http://h:443/P"},
      {"http://[::1]:80/v1", "http://[::1]/P"},
      {"http://h/v1/chat/completions", "http://h/v1/chat/completions"},
      {"http://h/x/", "http://h/x/"},
      {"http://h/v1?k=1", "http://h/v1?k=1"},
      {"http://h?k=1", "http://h/?k=1"},
      {"http://h/v12", "http://h/v12"},
  };
  for (const auto& [url, expected] : cases) {
    const auto target = parse_target(url);
    ASSERT_TRUE(target) << url << ": " << target.error();
    EXPECT_EQ(with_protocol_path(*target, "/P").url(), expected) << url;
  }
}

TEST(TargetUrl, RefusesWhatCannotBeMeant) {
  for (const char* url : {"", "h", "127.0.0.1:8080", "ftp://h", "http://", "http://:80", "http://h:0", "http://h:65536",
                          "http://h:", "http://h:8x", "http://[::1", "http://[h]", "http://u:p@h", "http://h/#x",
                          "http://h/a b", "http://h/\x7f", "http://h\r\nX: y", "http://h/\xc3\xa9", "http://a_b c"}) {
    const auto target = parse_target(url);
    ASSERT_FALSE(target) << url;
    EXPECT_NE(target.error().find("allowed"), std::string::npos);
  }
  EXPECT_EQ(parse_target("http://user:secret@h").error().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace ringload
