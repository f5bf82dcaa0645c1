#include "report/figures.h"

#include <gtest/gtest.h>

#include "report/from_recorder.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

TEST(Figures, WithoutSamplesThereIsNone) {
  const Figures figures = figures_of(Samples{});
  EXPECT_EQ(figures, Figures{});
  EXPECT_EQ(percentile_of(Samples{}, 50), std::nullopt);
  const Stat stat;
  for (const auto& figure : {error_rate(stat), ok_share(stat), goodput_share(stat), throughput_rps(stat), ok_rps(stat),
                             goodput_rps(stat), output_tokens_per_s(stat)})
    EXPECT_EQ(figure, std::nullopt);
}

TEST(Figures, CensoredRequestsAreInfinite) {
  Samples samples = samples_through(98, {{0, 1'000}, {1, 1'000}});
  samples.censored = 2;
  const Figures figures = figures_of(samples);
  EXPECT_EQ(figures.n, 98u);
  EXPECT_EQ(figures.n_censored, 2u);
  EXPECT_EQ(figures.p95, 1'000);
  EXPECT_EQ(figures.p99, std::nullopt);
  EXPECT_EQ(figures.max, std::nullopt);
  samples.values.reset();
  EXPECT_EQ(figures_of(samples).p50, std::nullopt);
  EXPECT_EQ(figures_of(samples).n_censored, 2u);
}

TEST(Figures, AHundredSamplesMustLieBeyond) {
  EXPECT_TRUE(few_beyond(samples_through(9'999, {{0, 1}, {1, 2}}), 99));
  EXPECT_FALSE(few_beyond(samples_through(10'000, {{0, 1}, {1, 2}}), 99));
  EXPECT_TRUE(few_beyond(samples_through(99'999, {{0, 1}, {1, 2}}), 99.9));
  EXPECT_FALSE(few_beyond(samples_through(100'000, {{0, 1}, {1, 2}}), 99.9));
  EXPECT_FALSE(few_beyond(samples_through(200, {{0, 1}, {1, 2}}), 50));
}

TEST(Figures, ErrorRateLeavesTheGeneratorsOwnOut) {
  Stat stat;
  stat.ok = 90;
  stat.failed = 12;  // 2 of them ours
  stat.shed = 5;
  stat.errors[static_cast<size_t>(ErrorClass::gen_fd_exhaustion)] = 2;
  stat.errors[static_cast<size_t>(ErrorClass::gen_overload)] = 5;  // the shed ones
  stat.errors[static_cast<size_t>(ErrorClass::timeout)] = 10;
  EXPECT_EQ(generator_errors(stat), 2u);
  EXPECT_EQ(judged(stat), 100u);
  EXPECT_DOUBLE_EQ(*error_rate(stat), 0.1);
  EXPECT_DOUBLE_EQ(*ok_share(stat), 0.9);
}

TEST(Figures, StagesAddUp) {
  Stat sum, a, b;
  a.window_s = 10;
  a.in_flight = 4;
  a.ended = 100;
  a.status_codes = {{200, 3}};
  b.window_s = 30;
  b.in_flight = 8;
  b.ended = 500;
  b.status_codes = {{200, 4}, {500, 1}};
  add_stat(sum, a);
  add_stat(sum, b);
  EXPECT_DOUBLE_EQ(sum.window_s, 40);
  EXPECT_DOUBLE_EQ(*sum.in_flight, 7);  // weighted by time
  EXPECT_DOUBLE_EQ(*throughput_rps(sum), 15);
  EXPECT_EQ(sum.status_codes, (std::map<int, uint64_t>{{200, 7}, {500, 1}}));
}

TEST(FromRecorder, TakesEverythingOver) {
  stats::Recorder recorder(2);
  Outcome ok;
  ok.scenario = 1;
  ok.stream = true;
  ok.status = 200;
  ok.intended = 1'000'000;
  ok.sent = 1'100'000;
  ok.first_byte = 11'000'000;
  ok.first_token = ok.first_answer_token = 21'000'000;
  ok.last_token = 41'000'000;
  ok.end = 51'000'000;
  ok.content_events = 11;
  ok.coalesced_events = 1;
  ok.tokens = {100, 10, 11, -1, true};
  ok.bytes_sent = 7;
  ok.bytes_received = 9;
  Outcome warmup = ok;
  warmup.warmup = true;
  Outcome late = ok;
  late.error = ErrorClass::timeout;
  late.first_token = late.first_answer_token = -1;
  Outcome odd = ok;
  odd.status = 999;
  odd.error = ErrorClass::http_other;
  for (const Outcome& outcome : {ok, warmup, late, odd}) {
    recorder.count_scheduled(1, outcome.warmup);
    recorder.record(outcome, true);
  }
  recorder.record_gap(1, 2'000'000);
  recorder.count_end_in_window(ok, true);

  const Stat stat = stat_from(recorder, 1, 10);
  EXPECT_EQ(stat.requests, 3u);
  EXPECT_EQ(stat.ok, 1u);
  EXPECT_EQ(stat.failed, 2u);
  EXPECT_EQ(stat.good, 1u);
  EXPECT_TRUE(stat.has_stream);
  EXPECT_EQ(stat.latency.values.max(), Histogram::highest_equivalent(50'000));
  EXPECT_EQ(stat.latency.censored, 1u);
  EXPECT_EQ(stat.service.values.max(), Histogram::highest_equivalent(49'900));
  EXPECT_EQ(stat.ttfb.values.total(), 2u);  // the late one got its first byte
  EXPECT_EQ(stat.ttft.values.max(), Histogram::highest_equivalent(20'000));
  EXPECT_EQ(stat.ttft.censored, 1u);
  EXPECT_EQ(stat.itl.values.total(), 1u);
  EXPECT_EQ(stat.tpot.values.max(), 2'000);
  EXPECT_EQ(stat.stream_tokens.values.max(), Histogram::highest_equivalent(500'000));  // 500 tokens/s
  EXPECT_EQ(stat.failed_latency.values.total(), 2u);
  EXPECT_EQ(stat.status_codes, (std::map<int, uint64_t>{{0, 1}, {200, 2}}));
  EXPECT_EQ(stat.errors[static_cast<size_t>(ErrorClass::timeout)], 1u);
  EXPECT_EQ(stat.completion_tokens, 33u);
  EXPECT_EQ(stat.cached_tokens, 30u);
  EXPECT_EQ(stat.tokens_estimated, 3u);
  EXPECT_EQ(stat.coalesced_events, 3u);
  EXPECT_EQ(stat.bytes_received, 27u);
  EXPECT_EQ(stat.ended_ok, 1u);
  EXPECT_EQ(stat.ended_completion_tokens, 11u);
  EXPECT_EQ(stat_from(recorder, 0, 10).requests, 0u);
  EXPECT_EQ(total_from(recorder, 10).requests, 3u);
  const Conservation all = conservation_from(recorder);
  EXPECT_EQ(all.scheduled, 4u);
  EXPECT_EQ(all.warmup, 1u);
  EXPECT_TRUE(all.balanced());
}

}  // namespace
}  // namespace ringload::report
