// Lines of turns, read back, give the figures that the recorder had.
#include <gtest/gtest.h>

#include "report/figures.h"
#include "report/turn_record.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

const TurnNames& names() {
  static const TurnNames kNames{{{"\"chat\"", "\"openai-chat\"", "\"http://x/\""},
                                 {"\"rag\"", "\"anthropic\"", "\"http://y/\""}},
                                {{"16", "null"}, {"null", "{\"from\":10,\"to\":20}"}},
                                1'700'000'000'000'000'000};
  return kNames;
}

std::string line_of(const Outcome& outcome, uint32_t stage, const char* detail = nullptr) {
  TurnRecord record{};
  record.outcome = outcome;
  record.stage = stage;
  record.turn = record.turns_total = 1;
  record.uuid.fill('1');
  TurnTexts texts;
  if (detail != nullptr) {
    texts.detail_size = static_cast<uint16_t>(std::string_view(detail).size());
    std::copy_n(detail, texts.detail_size, texts.detail.data());
  }
  std::string line(kMaxTurnLine + 200, '#');
  line.resize(format_turn(record, detail == nullptr ? nullptr : &texts, names(), line));
  return line;
}

Outcome ok_turn(int64_t intended_ms, int64_t latency_us, uint32_t scenario = 0) {
  Outcome o;
  o.scenario = scenario;
  o.status = 200;
  o.stream = scenario == 0;
  o.intended = intended_ms * 1'000'000;
  o.sent = o.intended + 10'000;
  o.sched_lag = 10'000;
  o.first_byte = o.intended + latency_us * 100;
  o.end = o.intended + latency_us * 1000;
  o.tokens = {100, 0, 11, -1, false};
  if (o.stream) {
    o.first_token = o.first_answer_token = o.intended + latency_us * 500;
    o.last_token = o.first_token + 10 * 2'000'000;
    o.content_events = 11;
    o.itl_sum = 10 * 2'000'000;
    o.itl_max = 3'000'000;
  }
  return o;
}

TEST(Rebuild, FiguresAreThoseOfTheTurns) {
  std::string jsonl;
  Outcome warmup = ok_turn(0, 9'000'000);
  warmup.warmup = true;
  jsonl += line_of(warmup, 1);
  for (int i = 1; i <= 100; ++i) jsonl += line_of(ok_turn(1000 + 10 * i, 1000 * i), 1);
  Outcome failed = ok_turn(1500, 700, 1);
  failed.error = ErrorClass::http_5xx;
  failed.status = 502;
  jsonl += line_of(failed, 1, "upstream: gone");
  Outcome late = ok_turn(1600, 120'000'000, 1);
  late.error = ErrorClass::timeout;
  late.status = late.first_byte = -1;
  jsonl += line_of(late, 1);
  Outcome shed;
  shed.error = ErrorClass::gen_overload;
  shed.shed = true;
  shed.intended = 1'700'000'000;
  jsonl += line_of(shed, 1);
  jsonl += line_of(ok_turn(5000, 2000, 1), 2);
  jsonl += line_of(ok_turn(6000, 2000, 1), 2);
  jsonl += "{\"stage\":2,\"torn";

  const auto result = rebuild_result(jsonl);
  ASSERT_TRUE(result) << result.error();
  ASSERT_EQ(result->stages.size(), 2u);
  const StageResult& first = result->stages[0];
  EXPECT_EQ(first.kind, StageKind::closed);
  EXPECT_EQ(first.from, 16);
  EXPECT_NEAR(first.window_s, 0.99, 1e-9);  // 1,010 … 2,000 ms
  EXPECT_NEAR(first.warmup_s, 1.01, 1e-9);
  ASSERT_EQ(first.scenarios.size(), 2u);
  const Stat& chat = first.scenarios[0];
  EXPECT_EQ(chat.label, "chat");
  EXPECT_EQ(chat.ok, 100u);
  EXPECT_EQ(chat.shed, 1u);
  EXPECT_EQ(percentile_of(chat.latency, 50), Histogram::highest_equivalent(50'000));
  EXPECT_EQ(percentile_of(chat.ttft, 50), Histogram::highest_equivalent(25'000));
  EXPECT_EQ(percentile_of(chat.tpot, 50), 2'000);
  EXPECT_EQ(sample_count(chat.itl), 0u);
  EXPECT_EQ(chat.completion_tokens, 1100u);
  const Stat& rag = first.scenarios[1];
  EXPECT_EQ(rag.failed, 2u);
  EXPECT_EQ(rag.errors[static_cast<size_t>(ErrorClass::http_5xx)], 1u);
  EXPECT_EQ(rag.latency.censored, 1u);  // the timeout
  EXPECT_EQ(rag.status_codes, (std::map<int, uint64_t>{{502, 1}}));
  EXPECT_TRUE(first.conservation.balanced());
  EXPECT_EQ(first.conservation.scheduled, 104u);
  EXPECT_EQ(first.conservation.warmup, 1u);
  const StageResult& second = result->stages[1];
  EXPECT_EQ(second.kind, StageKind::open);
  EXPECT_EQ(second.from, 10);
  EXPECT_EQ(second.to, 20);
  EXPECT_EQ(result->aggregate.requests, 105u);
  EXPECT_FALSE(result->complete);
  EXPECT_TRUE(result->warnings.empty());
  EXPECT_EQ(result->targets.size(), 2u);
  // Only ends inside a window make rates: of chat's, those up to 2,000 ms.
  EXPECT_EQ(chat.ended_ok, 90u);
}

TEST(Rebuild, LinesThatAreNoneAreCounted) {
  const auto result = rebuild_result("garbage\n{}\n" + line_of(ok_turn(1, 5), 1));
  ASSERT_TRUE(result) << result.error();
  ASSERT_EQ(result->warnings.size(), 1u);
  EXPECT_EQ(result->warnings[0], "2 lines are no turns and were left out");
  EXPECT_EQ(result->stages[0].total.requests, 1u);
}

TEST(Rebuild, LinesOfSomethingElseAreAnError) {
  EXPECT_FALSE(rebuild_result("{\"a\":1}\n"));
  EXPECT_FALSE(rebuild_result("garbage\n"));
}

TEST(Rebuild, AKillBeforeTheFirstTurnLeavesAResultWithoutStages) {
  for (const char* jsonl : {"", "{\"stage\":1,\"start_unix_ms\":1}"}) {  // the latter is torn
    const auto result = rebuild_result(jsonl);
    ASSERT_TRUE(result) << result.error();
    EXPECT_TRUE(result->stages.empty());
    EXPECT_FALSE(result->complete);
    EXPECT_EQ(result->warnings.size(), 1u);
    EXPECT_TRUE(read_summary(summary_json(*result)));
  }
}

}  // namespace
}  // namespace ringload::report
