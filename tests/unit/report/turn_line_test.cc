#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstring>

#include "report/turn_record.h"

namespace ringload::report {
namespace {

const TurnNames& names() {
  static const TurnNames kNames{
      {{"\"chat\"", "\"openai-chat\"", "\"http://gw:4000/v1/chat/completions\""},
       {"\"a\\\"b\"", "\"anthropic\"", "\"http://x/\""}},
      {{"100", "null"}, {"null", "2000"}},
      1'795'376'159'000'000'000};
  return kNames;
}

TurnRecord streamed() {
  TurnRecord r{};
  r.uuid.fill('7');
  r.stage = 2;
  r.turn = 1;
  r.turns_total = 3;
  r.content_bytes = 512;
  Outcome& o = r.outcome;
  o.stream = true;
  o.status = 200;
  o.intended = 1'500'000'000;
  o.sent = o.intended + 40'400;
  o.sched_lag = 40'400;
  o.first_byte = o.intended + 120'000'499;
  o.first_token = o.intended + 171'000'500;
  o.first_answer_token = o.intended + 171'000'500;
  o.last_token = o.first_token + 127 * 8'300'000LL;
  o.end = o.last_token + 1'000'000;
  o.itl_sum = 127 * 8'300'000LL;
  o.itl_max = 20'000'000;
  o.content_events = 128;
  o.dns = 1'000;
  o.connect = 250'000;
  o.tokens = {128, 0, 128, -1, false};
  o.bytes_sent = 900;
  o.bytes_received = 24'000;
  std::memcpy(r.response_id.data(), "chatcmpl-1", 10);
  r.response_id_size = 10;
  return r;
}

std::string line_of(const TurnRecord& record, const TurnTexts* texts = nullptr) {
  std::string line(kMaxTurnLine + 256, '#');
  line.resize(format_turn(record, texts, names(), line));
  return line;
}

TEST(TurnLine, AStreamedTurn) {
  EXPECT_EQ(line_of(streamed()),
            "{\"stage\":2,\"concurrency\":null,\"rate\":2000,\"scenario\":\"chat\",\"protocol\":\"openai-chat\","
            "\"target\":\"http://gw:4000/v1/chat/completions\",\"conv_uuid\":\"77777777777777777777777777777777\","
            "\"turn\":1,\"turns_total\":3,\"stream\":true,\"start_unix_ms\":1795376160500,\"sched_lag_us\":40,"
            "\"latency_ms\":1226.101,\"service_ms\":1226.060,\"ttfb_ms\":120.000,\"ttft_ms\":171.001,"
            "\"ttfot_ms\":171.001,\"itl_mean_ms\":8.300,\"itl_max_ms\":20.000,\"tpot_ms\":8.300,\"dns_ms\":0.001,"
            "\"conn_ms\":0.250,\"tls_ms\":null,\"transfer_ms\":1106.100,\"reused\":false,\"status\":200,"
            "\"prompt_tokens\":128,\"cached_tokens\":0,\"completion_tokens\":128,\"reasoning_tokens\":null,"
            "\"tokens_estimated\":false,\"content_len\":512,\"bytes_sent\":900,\"bytes_received\":24000,"
            "\"response_id\":\"chatcmpl-1\",\"warmup\":false,\"err\":null}\n");
}

TEST(TurnLine, WhatDoesNotApplyIsNull) {
  TurnRecord r{};
  r.uuid.fill('1');
  r.stage = r.turn = r.turns_total = 1;
  r.outcome.scenario = 1;
  r.outcome.intended = 0;
  r.outcome.shed = true;
  r.outcome.warmup = true;
  r.outcome.error = ErrorClass::gen_overload;
  EXPECT_EQ(line_of(r),
            "{\"stage\":1,\"concurrency\":100,\"rate\":null,\"scenario\":\"a\\\"b\",\"protocol\":\"anthropic\","
            "\"target\":\"http://x/\",\"conv_uuid\":\"11111111111111111111111111111111\",\"turn\":1,\"turns_total\":1,"
            "\"stream\":false,\"start_unix_ms\":1795376159000,\"sched_lag_us\":null,\"latency_ms\":null,"
            "\"service_ms\":null,\"ttfb_ms\":null,\"ttft_ms\":null,\"ttfot_ms\":null,\"itl_mean_ms\":null,"
            "\"itl_max_ms\":null,\"tpot_ms\":null,\"dns_ms\":null,\"conn_ms\":null,\"tls_ms\":null,"
            "\"transfer_ms\":null,\"reused\":false,\"status\":null,\"prompt_tokens\":null,\"cached_tokens\":null,"
            "\"completion_tokens\":null,\"reasoning_tokens\":null,\"tokens_estimated\":false,\"content_len\":null,"
            "\"bytes_sent\":null,\"bytes_received\":null,\"warmup\":true,\"err\":\"gen_overload: shed\"}\n");
}

TEST(TurnLine, ShedTurnsWaitedForNothing) {
  TurnRecord r{};
  r.outcome.shed = true;
  r.outcome.error = ErrorClass::gen_overload;
  r.outcome.intended = 0;
  r.outcome.end = 5'000;
  EXPECT_NE(line_of(r).find("\"latency_ms\":null"), std::string::npos);
}

TEST(TurnLine, ABodyThatBrokeOffHasNoLength) {
  TurnRecord r = streamed();
  r.content_bytes = 0;
  r.outcome.error = ErrorClass::conn_reset;
  EXPECT_NE(line_of(r).find("\"content_len\":null"), std::string::npos);
  r.outcome.error = ErrorClass::empty_completion;
  EXPECT_NE(line_of(r).find("\"content_len\":0,"), std::string::npos);
}

TEST(TurnLine, UnstreamedTurnsHaveNoTokenTimes) {
  TurnRecord r = streamed();
  r.outcome.stream = false;
  const std::string line = line_of(r);
  for (const char* key : {"ttft_ms", "ttfot_ms", "itl_mean_ms", "itl_max_ms", "tpot_ms"})
    EXPECT_NE(line.find("\"" + std::string(key) + "\":null"), std::string::npos) << key;
  EXPECT_NE(line.find("\"ttfb_ms\":120.000"), std::string::npos);
}

TEST(TurnLine, HiddenReasoningIsNoPartOfTheTokenPace) {
  TurnRecord r = streamed();
  r.outcome.tokens = {128, 0, 1128, 1000, false};
  EXPECT_NE(line_of(r).find("\"tpot_ms\":8.300,"), std::string::npos);
  r.outcome.tokens.completion = 1;
  r.outcome.tokens.reasoning = -1;
  EXPECT_NE(line_of(r).find("\"tpot_ms\":null"), std::string::npos);
}

// The longest that a record can become stays inside kMaxTurnLine and is one line of valid JSON, whoever wrote it.
TEST(TurnLine, HostileTextStaysValidAndBounded) {
  for (const char fill : {'\x01', '"', '\\', '\n', '\xff', '\xc3', 'a'}) {
    TurnRecord r = streamed();
    Outcome& o = r.outcome;
    o.intended = 0;
    o.sched_lag = o.dns = o.connect = o.tls = o.itl_max = INT64_MAX - 1000;
    o.sent = o.first_byte = o.first_token = o.first_answer_token = 0;
    o.last_token = o.end = INT64_MAX - 1000;
    o.itl_sum = INT64_MAX;
    o.content_events = 2;
    o.error = ErrorClass::gen_port_exhaustion;
    o.tokens = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, true};
    o.bytes_sent = o.bytes_received = UINT64_MAX;
    r.turn = r.turns_total = r.content_bytes = UINT32_MAX;
    r.response_id.fill(fill);
    r.trace_id.fill(fill);
    r.response_id_size = r.trace_id_size = 64;
    TurnTexts texts;
    texts.detail.fill(fill);
    texts.body.fill(fill);
    texts.detail_size = 120;
    texts.body_size = 600;
    const std::string line = line_of(r, &texts);
    EXPECT_LE(line.size(), kMaxTurnLine);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    simdjson::dom::parser parser;
    EXPECT_EQ(parser.parse(simdjson::padded_string(line)).error(), simdjson::SUCCESS) << line;
  }
}

TEST(TurnLine, FailedTurnsSayWhy) {
  TurnRecord r = streamed();
  r.outcome.error = ErrorClass::http_5xx;
  TurnTexts texts;
  std::memcpy(texts.detail.data(), "upstream", 8);
  std::memcpy(texts.body.data(), "<html>", 6);
  texts.detail_size = 8;
  texts.body_size = 6;
  EXPECT_NE(line_of(r, &texts).find("\"err\":\"http_5xx: upstream\",\"err_body\":\"<html>\"}\n"), std::string::npos);
  EXPECT_NE(line_of(r).find("\"err\":\"http_5xx\"}\n"), std::string::npos);
}

TEST(TurnLine, AStageBeyondTheTableHasNoLevel) {
  TurnRecord r = streamed();
  r.stage = 0;
  EXPECT_EQ(line_of(r).substr(0, 41), "{\"stage\":0,\"concurrency\":null,\"rate\":null");
}

}  // namespace
}  // namespace ringload::report
