#include "stats/recorder.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/prng.h"

namespace ringload::stats {
namespace {

constexpr Nanos kMs = kMillisecond;

// A request whose every instant is at another distance: intended at 100 ms, sent + 2, first byte + 10, … end + 50 ms.
Outcome answered() {
  Outcome outcome;
  outcome.intended = 100 * kMs;
  outcome.sent = 102 * kMs;
  outcome.first_byte = 110 * kMs;
  outcome.end = 150 * kMs;
  outcome.sched_lag = 1 * kMs;
  outcome.status = 200;
  outcome.tokens = {.prompt = 128, .cached = 64, .completion = 11, .reasoning = -1};
  outcome.bytes_sent = 900;
  outcome.bytes_received = 800;
  return outcome;
}

Outcome streamed() {
  Outcome outcome = answered();
  outcome.stream = true;
  outcome.first_token = 112 * kMs;
  outcome.first_answer_token = 115 * kMs;
  outcome.last_token = 142 * kMs;
  outcome.content_events = 11;
  outcome.coalesced_events = 3;
  return outcome;
}

Recorder recorded(const Outcome& outcome, bool meets_slo = false) {
  Recorder recorder(1);
  recorder.record(outcome, meets_slo);
  return recorder;
}

// The only sample of a figure, −1 without one.
int64_t only(const ScenarioRecord& record, Figure figure) {
  const Histogram& histogram = record[figure];
  EXPECT_LE(histogram.total(), 1u) << figure_name(figure);
  return histogram.empty() ? -1 : histogram.min();
}

TEST(Recorder, RoundsToTheNearestMicrosecond) {
  EXPECT_EQ(to_micros(0), 0);
  EXPECT_EQ(to_micros(499), 0);
  EXPECT_EQ(to_micros(500), 1);
  EXPECT_EQ(to_micros(1499), 1);
  EXPECT_EQ(to_micros(1500), 2);
}

TEST(Recorder, AnUnstreamedRequestHasNoTokenTimes) {
  const Recorder recorder = recorded(answered());
  const ScenarioRecord& record = recorder.scenario(0);
  EXPECT_EQ(only(record, Figure::latency), Histogram::lowest_equivalent(50'000));
  EXPECT_EQ(only(record, Figure::service), Histogram::lowest_equivalent(48'000));
  EXPECT_EQ(only(record, Figure::ttfb), Histogram::lowest_equivalent(10'000));
  for (const Figure figure : {Figure::failed_latency, Figure::ttft, Figure::ttfot, Figure::itl, Figure::tpot,
                              Figure::stream_tokens})
    EXPECT_EQ(only(record, figure), -1) << figure_name(figure);
  EXPECT_EQ(record.steady.ok, 1u);
  EXPECT_EQ(record.streams, 0u);
  EXPECT_EQ(record.status[200 - 100], 1u);
  EXPECT_EQ(record.tokens, (TokenSums{.prompt = 128, .cached = 64, .completion = 11, .reasoning = 0}));
  EXPECT_EQ(record.bytes_sent, 900u);
  EXPECT_EQ(record.bytes_received, 800u);
  EXPECT_EQ(record.good, 0u);
  EXPECT_EQ(recorded(answered(), true).scenario(0).good, 1u);
  EXPECT_EQ(recorder.shard().sched_lag.max(), 1000);
  EXPECT_TRUE(recorder.shard().connect.empty());
}

TEST(Recorder, AStreamHasThemAll) {
  const Recorder recorder = recorded(streamed());
  const ScenarioRecord& record = recorder.scenario(0);
  EXPECT_EQ(only(record, Figure::ttft), Histogram::lowest_equivalent(12'000));
  EXPECT_EQ(only(record, Figure::ttfot), Histogram::lowest_equivalent(15'000));
  EXPECT_EQ(only(record, Figure::tpot), Histogram::lowest_equivalent(3'000));  // 30 ms over 10 tokens
  EXPECT_EQ(only(record, Figure::stream_tokens), Histogram::lowest_equivalent(333'333));  // 333.333 tokens/s
  EXPECT_EQ(record.streams, 1u);
  EXPECT_EQ(record.content_events, 11u);
  EXPECT_EQ(record.coalesced_events, 3u);
}

TEST(Recorder, ReasoningThatNobodyStreamedIsNoOutputToken) {
  Outcome outcome = streamed();
  outcome.tokens.completion = 31;
  outcome.tokens.reasoning = 20;
  const auto tpot = [](const Outcome& o) { return only(recorded(o).scenario(0), Figure::tpot); };
  // Reasoning came first: 30 ms over 30 tokens.
  EXPECT_EQ(tpot(outcome), 1000);
  // The first token is an answer, with no more events than answer tokens: 30 ms over 10 tokens.
  outcome.first_answer_token = outcome.first_token;
  EXPECT_EQ(tpot(outcome), Histogram::lowest_equivalent(3000));
  // Reasoning shared a receive with the first answer token, but there are more events than answer tokens.
  outcome.content_events = 31;
  EXPECT_EQ(tpot(outcome), 1000);
  // Reasoning that is not part of completion_tokens is not taken off it.
  outcome.content_events = 11;
  outcome.tokens.completion = 11;
  EXPECT_EQ(tpot(outcome), Histogram::lowest_equivalent(3000));
  // Reasoning alone, streamed and without an answer.
  outcome.tokens.completion = outcome.tokens.reasoning = 16;
  outcome.first_answer_token = -1;
  EXPECT_EQ(tpot(outcome), 2000);
}

TEST(Recorder, PaceNeedsTwoTokensAndSpeedNeedsTime) {
  Outcome outcome = streamed();
  outcome.tokens.completion = 1;
  EXPECT_EQ(only(recorded(outcome).scenario(0), Figure::tpot), -1);
  outcome.tokens.completion = -1;
  EXPECT_EQ(only(recorded(outcome).scenario(0), Figure::tpot), -1);
  outcome.tokens.completion = 11;
  outcome.last_token = outcome.first_token;  // all came at once
  EXPECT_EQ(only(recorded(outcome).scenario(0), Figure::tpot), 0);
  EXPECT_EQ(only(recorded(outcome).scenario(0), Figure::stream_tokens), -1);
  outcome.first_token = outcome.first_answer_token = outcome.last_token = -1;  // hidden reasoning alone
  const Recorder recorder = recorded(outcome);
  EXPECT_EQ(only(recorder.scenario(0), Figure::ttft), -1);
  EXPECT_EQ(recorder.scenario(0).censored_of(Figure::ttft), 0u) << "an ok request is never censored";
}

// Every class: where it is counted, and whether it is +infinity in the percentiles.
TEST(Recorder, EveryErrorClassHasItsPlace) {
  using enum ErrorClass;
  const std::set<ErrorClass> infinite = {timeout, eof, conn_reset, stream_incomplete, cancelled};
  for (unsigned i = 1; i < kErrorClasses; ++i) {
    Outcome outcome = streamed();
    outcome.error = static_cast<ErrorClass>(i);
    outcome.status = -1;
    outcome.first_byte = outcome.first_token = outcome.first_answer_token = outcome.last_token = -1;
    outcome.content_events = 0;
    const Recorder recorder = recorded(outcome, true);
    const ScenarioRecord& record = recorder.scenario(0);
    SCOPED_TRACE(error_class_name(outcome.error));
    const bool by_the_run = outcome.error == cancelled || outcome.error == budget;
    EXPECT_EQ(record.steady.cancelled, by_the_run);
    EXPECT_EQ(record.steady.failed, !by_the_run);
    EXPECT_EQ(record.steady.ok + record.steady.shed + record.good, 0u);
    for (unsigned j = 0; j < kErrorClasses; ++j) EXPECT_EQ(record.errors[j], i == j);
    EXPECT_EQ(only(record, Figure::failed_latency), by_the_run ? -1 : Histogram::lowest_equivalent(50'000));
    for (const Figure figure : {Figure::latency, Figure::service, Figure::ttfb, Figure::ttft, Figure::ttfot}) {
      EXPECT_EQ(only(record, figure), -1) << figure_name(figure);
      EXPECT_EQ(record.censored_of(figure), infinite.contains(outcome.error)) << figure_name(figure);
    }
    EXPECT_EQ(record.censored_of(Figure::tpot) + record.censored_of(Figure::itl), 0u);
    for (const uint64_t n : record.status) EXPECT_EQ(n, 0u);
  }
}

TEST(Recorder, ACensoredRequestKeepsWhatItReached) {
  Outcome outcome = streamed();
  outcome.error = ErrorClass::stream_incomplete;
  outcome.first_answer_token = -1;
  const Recorder recorder = recorded(outcome);
  const ScenarioRecord& record = recorder.scenario(0);
  EXPECT_EQ(only(record, Figure::ttfb), Histogram::lowest_equivalent(10'000));
  EXPECT_EQ(only(record, Figure::ttft), Histogram::lowest_equivalent(12'000));
  EXPECT_EQ(record.censored_of(Figure::ttfb) + record.censored_of(Figure::ttft), 0u);
  EXPECT_EQ(record.censored_of(Figure::ttfot), 1u);
  EXPECT_EQ(record.censored_of(Figure::latency), 1u);
  EXPECT_EQ(only(record, Figure::tpot), -1);
}

TEST(Recorder, AnUnstreamedCensoredRequestHasNoTokenTimesToMiss) {
  Outcome outcome = answered();
  outcome.error = ErrorClass::timeout;
  outcome.first_byte = -1;
  const Recorder recorder = recorded(outcome);
  EXPECT_EQ(recorder.scenario(0).censored_of(Figure::ttfb), 1u);
  EXPECT_EQ(recorder.scenario(0).censored_of(Figure::ttft), 0u);
  EXPECT_EQ(recorder.scenario(0).censored_of(Figure::ttfot), 0u);
}

TEST(Recorder, QuickRefusalsImproveNoPercentile) {
  Outcome outcome = streamed();
  outcome.error = ErrorClass::rate_limited;
  outcome.status = 429;
  const Recorder recorder = recorded(outcome);
  for (const Figure figure : {Figure::latency, Figure::service, Figure::ttfb, Figure::ttft, Figure::ttfot})
    EXPECT_TRUE(recorder.scenario(0)[figure].empty());
  EXPECT_EQ(recorder.scenario(0).status[429 - 100], 1u);
}

TEST(Recorder, ShedRequestsAreNotFailures) {
  Outcome outcome;
  outcome.error = ErrorClass::gen_overload;
  outcome.shed = true;
  outcome.intended = outcome.end = 5 * kMs;
  const Recorder recorder = recorded(outcome);
  const ScenarioRecord& record = recorder.scenario(0);
  EXPECT_EQ(record.steady, (Tally{.shed = 1}));
  EXPECT_TRUE(record[Figure::failed_latency].empty());
  EXPECT_EQ(record.errors[static_cast<size_t>(ErrorClass::gen_overload)], 1u);
  EXPECT_TRUE(recorder.shard().sched_lag.empty());
}

TEST(Recorder, AFailureWithoutAnEndHasNoDuration) {
  Outcome outcome = answered();
  outcome.error = ErrorClass::conn_refused;
  outcome.end = -1;
  const Recorder recorder = recorded(outcome);
  EXPECT_EQ(recorder.scenario(0).steady.failed, 1u);
  EXPECT_TRUE(recorder.scenario(0)[Figure::failed_latency].empty());
}

TEST(Recorder, StatusCodesOutsideTheTableAreCounted) {
  for (const int16_t status : {int16_t{0}, int16_t{99}, int16_t{600}, int16_t{999}}) {
    Outcome outcome = answered();
    outcome.status = status;
    EXPECT_EQ(recorded(outcome).scenario(0).status_other, 1u) << status;
  }
  for (const int16_t status : {int16_t{100}, int16_t{599}}) {
    Outcome outcome = answered();
    outcome.status = status;
    EXPECT_EQ(recorded(outcome).scenario(0).status[static_cast<size_t>(status - 100)], 1u) << status;
  }
}

// Everything that stands in a recorder, as text: two recorders with the same are the same.
std::string contents(const Recorder& recorder) {
  std::string text;
  const auto put = [&](auto... numbers) { ((text += std::to_string(numbers) + " "), ...); };
  const auto put_tally = [&](const Tally& t) {
    put(t.scheduled, t.ok, t.failed, t.cancelled, t.shed, t.in_flight_at_stop);
  };
  const auto put_tokens = [&](const TokenSums& t) { put(t.prompt, t.cached, t.completion, t.reasoning); };
  const auto put_histogram = [&](const Histogram& h) { text += h.encode() + " " + std::to_string(h.clamped()) + " "; };
  for (uint32_t i = 0; i < recorder.scenarios(); ++i) {
    const ScenarioRecord& r = recorder.scenario(i);
    put_tally(r.steady);
    put_tally(r.warmup);
    for (const uint64_t n : r.errors) put(n);
    for (const uint64_t n : r.status) put(n);
    put(r.status_other, r.good, r.streams, r.content_events, r.coalesced_events, r.tokens_estimated, r.bytes_sent,
        r.bytes_received, r.window.ended, r.window.ok, r.window.good);
    put_tokens(r.tokens);
    put_tokens(r.warmup_tokens);
    put_tokens(r.window.tokens);
    for (const uint64_t n : r.censored) put(n);
    for (const Histogram& h : r.histograms) put_histogram(h);
    text += '\n';
  }
  const ShardRecord& shard = recorder.shard();
  for (const Histogram* h : {&shard.sched_lag, &shard.receive_lag, &shard.connect, &shard.dns, &shard.tls})
    put_histogram(*h);
  return text;
}

TEST(Recorder, WarmupIsOnlyCounted) {
  Recorder recorder(1), expected(1);
  for (unsigned i = 0; i < kErrorClasses; ++i) {
    Outcome outcome = streamed();
    outcome.warmup = true;
    outcome.error = static_cast<ErrorClass>(i);
    outcome.connect = outcome.dns = outcome.tls = kMs;
    recorder.count_scheduled(0, true);
    recorder.record(outcome, true);
  }
  const ScenarioRecord& record = recorder.scenario(0);
  EXPECT_EQ(record.warmup, (Tally{.scheduled = kErrorClasses, .ok = 1, .failed = kErrorClasses - 3, .cancelled = 2}));
  EXPECT_EQ(record.warmup_tokens.prompt, kErrorClasses * 128);
  EXPECT_EQ(record.steady, Tally{});
  EXPECT_EQ(recorder.conservation(), record.warmup);
  for (const Histogram& histogram : record.histograms) EXPECT_TRUE(histogram.empty());
  for (const uint64_t n : record.censored) EXPECT_EQ(n, 0u);
  for (const uint64_t n : record.errors) EXPECT_EQ(n, 0u);
  EXPECT_EQ(record.status[100] + record.content_events + record.bytes_sent + record.tokens.prompt, 0u);
  EXPECT_TRUE(recorder.shard().sched_lag.empty());
  EXPECT_TRUE(recorder.shard().connect.empty());
}

TEST(Recorder, OpenRequestsAreInfinite) {
  Recorder recorder(1);
  Outcome outcome = streamed();
  outcome.first_answer_token = outcome.last_token = outcome.end = -1;
  recorder.record_open(outcome);
  const ScenarioRecord& record = recorder.scenario(0);
  EXPECT_EQ(record.steady, (Tally{.in_flight_at_stop = 1}));
  EXPECT_EQ(record.censored_of(Figure::latency), 1u);
  EXPECT_EQ(record.censored_of(Figure::service), 1u);
  EXPECT_EQ(record.censored_of(Figure::ttfot), 1u);
  EXPECT_EQ(record.censored_of(Figure::ttft), 0u);
  EXPECT_EQ(record[Figure::ttft].total(), 1u);
  EXPECT_EQ(recorder.shard().sched_lag.total(), 1u);
  outcome.warmup = true;
  recorder.record_open(outcome);
  EXPECT_EQ(record.warmup, (Tally{.in_flight_at_stop = 1}));
  EXPECT_EQ(record.censored_of(Figure::latency), 1u);
}

TEST(Recorder, GapsAndLags) {
  Recorder recorder(2);
  recorder.record_gap(1, 10 * kMicrosecond);
  recorder.record_gap(1, 0);
  recorder.record_coalesced(1, 3);
  recorder.record_coalesced(1, 0);
  const Histogram& itl = recorder.scenario(1)[Figure::itl];
  EXPECT_EQ(itl.total(), 5u);
  EXPECT_EQ(itl.count_above(0), 1u);
  EXPECT_EQ(itl.max(), 10);
  EXPECT_TRUE(recorder.scenario(0)[Figure::itl].empty());
  recorder.record_receive_lag(7 * kMicrosecond, 0);
  recorder.record_receive_lag(5 * kMicrosecond, 4);
  EXPECT_EQ(recorder.shard().receive_lag.total(), 4u);
  EXPECT_EQ(recorder.shard().receive_lag.max(), 5);
}

TEST(Recorder, ConnectionTimesAreOfWhoOpenedIt) {
  Outcome outcome = answered();
  outcome.dns = 1 * kMicrosecond;
  outcome.connect = 2 * kMicrosecond;
  outcome.tls = 3 * kMicrosecond;
  const Recorder recorder = recorded(outcome);
  EXPECT_EQ(recorder.shard().dns.max(), 1);
  EXPECT_EQ(recorder.shard().connect.max(), 2);
  EXPECT_EQ(recorder.shard().tls.max(), 3);
}

TEST(Recorder, TheWindowCountsEndsOfAnyStage) {
  Recorder recorder(1);
  Outcome outcome = streamed();
  outcome.warmup = true;  // intended in a warm-up, ended in the window
  recorder.count_end_in_window(outcome, true);
  outcome.tokens.prompt = -1;
  recorder.count_end_in_window(outcome, false);
  for (const ErrorClass error : {ErrorClass::http_5xx, ErrorClass::cancelled, ErrorClass::budget}) {
    outcome.error = error;
    recorder.count_end_in_window(outcome, true);
  }
  outcome.error = ErrorClass::gen_overload;
  outcome.shed = true;
  recorder.count_end_in_window(outcome, true);
  const WindowCounts expected{
      .ended = 3, .ok = 2, .good = 1, .tokens = {.prompt = 128, .cached = 128, .completion = 22, .reasoning = 0}};
  EXPECT_EQ(recorder.scenario(0).window, expected);
  EXPECT_EQ(recorder.conservation(), Tally{}) << "it belongs to the stage that intended it";
}

Outcome random_outcome(Prng& random, uint32_t scenarios) {
  Outcome outcome = random.below(2) ? streamed() : answered();
  outcome.scenario = static_cast<uint32_t>(random.below(scenarios));
  outcome.warmup = random.below(4) == 0;
  outcome.error = random.below(2) ? ErrorClass::ok : static_cast<ErrorClass>(random.below(kErrorClasses));
  outcome.shed = outcome.error == ErrorClass::gen_overload && random.below(2);
  outcome.status = static_cast<int16_t>(random.below(700));
  for (Nanos* instant : {&outcome.first_byte, &outcome.first_token, &outcome.first_answer_token, &outcome.last_token,
                         &outcome.end})
    *instant += static_cast<Nanos>(random.below(10 * kMs));
  if (outcome.error != ErrorClass::ok && random.below(2)) outcome.first_token = outcome.first_answer_token = -1;
  outcome.tokens.estimated = random.below(5) == 0;
  outcome.tokens.reasoning = static_cast<int64_t>(random.below(12)) - 1;
  if (random.below(10) == 0) outcome.connect = outcome.dns = outcome.tls = static_cast<Nanos>(random.below(kMs));
  return outcome;
}

TEST(Recorder, MergedShardsAreOneAndClearLeavesNothing) {
  constexpr uint32_t kScenarios = 3;
  Prng random(11);
  Recorder shards[] = {Recorder(kScenarios), Recorder(kScenarios)};
  Recorder one(kScenarios);
  for (int i = 0; i < 3000; ++i) {
    const Outcome outcome = random_outcome(random, kScenarios);
    const bool good = random.below(2), in_window = random.below(2), open = random.below(20) == 0;
    const auto gap = static_cast<Nanos>(random.below(kMs));
    for (Recorder* recorder : {&shards[random.below(2)], &one}) {
      recorder->count_scheduled(outcome.scenario, outcome.warmup);
      if (open) {
        recorder->record_open(outcome);
      } else {
        recorder->record(outcome, good);
      }
      if (in_window) recorder->count_end_in_window(outcome, good);
      recorder->record_gap(outcome.scenario, gap);
      recorder->record_receive_lag(gap, 2);
    }
  }
  EXPECT_TRUE(one.conservation().balanced());
  EXPECT_EQ(one.conservation().scheduled, 3000u);
  EXPECT_EQ(one.conservation(), one.steady() + one.warmup());
  const std::string everything = contents(one);
  EXPECT_NE(contents(shards[0]), everything);
  shards[0].merge(shards[1]);
  EXPECT_EQ(contents(shards[0]), everything);
  one.clear();
  EXPECT_EQ(contents(one), contents(Recorder(kScenarios)));
}

TEST(RecorderDeathTest, MergeNeedsTheSameScenarios) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  Recorder two(2);
  EXPECT_DEATH(two.merge(Recorder(3)), "broken invariant");
}

TEST(Names, AreDistinct) {
  std::set<std::string_view> names;
  for (unsigned i = 0; i < kErrorClasses; ++i) names.insert(error_class_name(static_cast<ErrorClass>(i)));
  for (unsigned i = 0; i < kFigures; ++i) names.insert(figure_name(static_cast<Figure>(i)));
  EXPECT_EQ(names.size(), kErrorClasses + kFigures);
  EXPECT_FALSE(names.contains("?"));
  EXPECT_EQ(error_class_name(ErrorClass::rate_limited), "rate_limited");
}

}  // namespace
}  // namespace ringload::stats
