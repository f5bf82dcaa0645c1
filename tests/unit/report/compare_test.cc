#include "report/compare.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "golden.h"
#include "ringload/report.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

// A run whose only figure of interest is latency: p99 at `us`, between low and high.
RunResult run_with(int64_t us, int64_t low, int64_t high, bool correlated = false) {
  RunResult result = closed_result();
  result.stages.resize(1);
  Stat& total = result.stages[0].total;
  total.latency = samples_through(1000, {{0, us}, {1, us}});
  total.latency.intervals = {{0.99, low, high, correlated}};
  result.stages[0].scenarios[0] = total;
  return result;
}

CompareLine p99_of(const Comparison& comparison) {
  const auto found = std::ranges::find(comparison.lines, "latency p99", &CompareLine::figure);
  EXPECT_NE(found, comparison.lines.end());
  return *found;
}

CompareLine compare_p99(const RunResult& before, const RunResult& after, CompareOptions options = {}) {
  const auto comparison = compare_results(std::span(&before, 1), std::span(&after, 1), options);
  EXPECT_TRUE(comparison) << comparison.error();
  return p99_of(*comparison);
}

TEST(Compare, AClearChangeIsARegression) {
  const CompareLine line = compare_p99(run_with(1'000, 990, 1'010), run_with(1'300, 1'290, 1'310));
  EXPECT_EQ(line.verdict, Change::regressed);
  EXPECT_EQ(change_text({}, line), "+30 % (1.00 → 1.30 ms, intervals apart)");
}

TEST(Compare, EachConditionIsNeeded) {
  const RunResult base = run_with(1'000, 990, 1'010);
  // Below the percentage.
  EXPECT_EQ(compare_p99(base, run_with(1'090, 1'080, 1'100)).verdict, Change::same);
  // Intervals overlap.
  const CompareLine overlap = compare_p99(base, run_with(1'300, 1'005, 1'500));
  EXPECT_EQ(overlap.verdict, Change::worse);
  EXPECT_EQ(overlap.reason, "intervals overlap");
  // Open above on the lower side: nobody knows.
  EXPECT_EQ(compare_p99(run_with(1'000, 990, -1), run_with(1'300, 1'290, 1'310)).verdict, Change::worse);
  // Open above on the upper side does not matter.
  EXPECT_EQ(compare_p99(base, run_with(1'300, 1'290, -1)).verdict, Change::regressed);
  // Within 2√2 × 5 % = 14.1 %.
  const CompareLine noise = compare_p99(base, run_with(1'130, 1'120, 1'140));
  EXPECT_EQ(noise.verdict, Change::worse);
  EXPECT_NE(noise.reason.find("14.1 % of noise"), std::string::npos);
  EXPECT_EQ(compare_p99(base, run_with(1'130, 1'120, 1'140), {.run_noise = 0.02}).verdict, Change::regressed);
  // The stage was too short for its interval.
  EXPECT_EQ(compare_p99(base, run_with(1'300, 1'290, 1'310, true)).verdict, Change::worse);
}

TEST(Compare, WithoutIntervalsThereIsNoRegression) {
  RunResult before = run_with(1'000, 990, 1'010), after = run_with(2'000, 1'990, 2'010);
  after.stages[0].total.latency.intervals.clear();
  const CompareLine line = compare_p99(before, after);
  EXPECT_EQ(line.verdict, Change::worse);
  EXPECT_EQ(line.reason, "no interval");
}

TEST(Compare, ImprovementsAreNoRegressions) {
  const CompareLine line = compare_p99(run_with(1'300, 1'290, 1'310), run_with(1'000, 990, 1'010));
  EXPECT_EQ(line.verdict, Change::better);
  EXPECT_EQ(change_text({}, line), "-23 % (1.30 → 1.00 ms, intervals apart)");
}

TEST(Compare, LessThroughputIsWorse) {
  RunResult before = run_with(1'000, 990, 1'010), after = before;
  before.stages[0].total.ended_ok = 100'000;
  after.stages[0].total.ended_ok = 70'000;
  auto comparison = compare_results(std::span(&before, 1), std::span(&after, 1), {});
  auto line = std::ranges::find(comparison->lines, "ok/s", &CompareLine::figure);
  EXPECT_EQ(line->verdict, Change::regressed);
  comparison = compare_results(std::span(&after, 1), std::span(&before, 1), {});
  line = std::ranges::find(comparison->lines, "ok/s", &CompareLine::figure);
  EXPECT_EQ(line->verdict, Change::better);
}

TEST(Compare, ErrorsFromNoneNeedMoreThanAFew) {
  RunResult before = run_with(1'000, 990, 1'010), after = before;
  const auto errors_line = [&](uint64_t failed) {
    after.stages[0].total.failed = failed;
    const auto comparison = compare_results(std::span(&before, 1), std::span(&after, 1), {});
    return *std::ranges::find(comparison->lines, "errors", &CompareLine::figure);
  };
  EXPECT_EQ(errors_line(0).verdict, Change::same);
  EXPECT_EQ(errors_line(1).verdict, Change::worse);     // 1 of 1,001 may be chance
  EXPECT_EQ(errors_line(100).verdict, Change::regressed);
  EXPECT_EQ(errors_line(100).change, std::numeric_limits<double>::infinity());
}

TEST(Compare, APercentileThatBecameInfiniteIsARegression) {
  const RunResult before = run_with(1'000, 990, 1'010);
  RunResult after = before;
  after.stages[0].total.latency.censored = 500;
  const CompareLine line = compare_p99(before, after);
  EXPECT_EQ(line.verdict, Change::regressed);
  EXPECT_EQ(change_text({}, line), "+∞ (1.00 → ∞ ms, intervals apart)");
  EXPECT_EQ(compare_p99(after, before).verdict, Change::better);
}

TEST(Compare, FourRunsASideAreTestedByRank) {
  const auto runs = [](std::initializer_list<int64_t> p99s) {
    std::vector<RunResult> all;
    for (const int64_t us : p99s) all.push_back(run_with(us, 1, -1));  // intervals of no use
    return all;
  };
  const auto before = runs({1'000, 1'010, 990, 1'005});
  const auto after = runs({1'120, 1'130, 1'115, 1'125});
  auto comparison = compare_results(before, after, {});
  CompareLine line = p99_of(*comparison);
  EXPECT_EQ(line.verdict, Change::regressed);
  EXPECT_EQ(line.reason, "4 and 4 runs, p = 0.0286");
  EXPECT_NEAR(line.change, 0.12, 0.01);
  for (const std::string& note : comparison->notes) EXPECT_EQ(note.find("one run a side"), std::string::npos);
  // Mixed ranks: not significant, whatever the shift of the medians.
  comparison = compare_results(runs({1'000, 1'500, 990, 1'005}), runs({1'400, 900, 1'450, 1'300}), {});
  EXPECT_NE(p99_of(*comparison).verdict, Change::regressed);
}

TEST(Compare, StagesMatchByKindLevelAndDuration) {
  const RunResult before = closed_result();
  RunResult after = closed_result();
  after.stages[1].duration_s = 31;
  const auto comparison = compare_results(std::span(&before, 1), std::span(&after, 1), {});
  ASSERT_TRUE(comparison);
  const auto noted = [&](std::string_view text) {
    return std::ranges::any_of(comparison->notes,
                               [&](const std::string& note) { return note.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(noted("only after: stage 2 · closed loop 4–16 VUs · 31s"));
  EXPECT_TRUE(noted("only before: stage 2 · closed loop 4–16 VUs · 30s"));
  EXPECT_TRUE(noted("one run a side"));
  EXPECT_TRUE(noted("before: it is incomplete"));
  const RunResult open = open_result();
  const auto none = compare_results(std::span(&before, 1), std::span(&open, 1), {});
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().find("no stage of one side"), std::string::npos);
}

TEST(Compare, EqualLoadsMatchInTheirOrder) {
  RunResult run = closed_result();
  run.stages.resize(1);
  run.stages.push_back(run.stages[0]);
  run.stages[1].stage = 2;
  run.stages[1].total = run_with(9'000, 8'000, 10'000).stages[0].total;
  const auto comparison = compare_results(std::span(&run, 1), std::span(&run, 1), {});
  for (const CompareLine& line : comparison->lines) EXPECT_EQ(line.change, 0) << line.stage << line.figure;
}

TEST(Compare, AgainstTheGoTool) {
  const RunResult before = *read_summary(loadtest_json(closed_result()));
  const RunResult after = closed_result();
  const auto comparison = compare_results(std::span(&before, 1), std::span(&after, 1), {});
  ASSERT_TRUE(comparison) << comparison.error();
  EXPECT_FALSE(comparison->regressed());
  EXPECT_EQ(p99_of(*comparison).change, 0);
}

TEST(Compare, Report) {
  const RunResult before = open_result();
  RunResult after = open_result();
  Stat& chat = after.stages[0].scenarios[0];
  chat.ttft = samples_through(83'989, {{0, 40'000}, {.5, 205'000}, {.99, 690'000}, {1, 1'500'000}});
  chat.ttft.intervals = {{0.99, 670'000, 710'000, false}};
  const auto comparison = compare_results(std::span(&before, 1), std::span(&after, 1), {});
  ASSERT_TRUE(comparison);
  EXPECT_TRUE(comparison->regressed());
  expect_golden("compare.txt", compare_text({}, *comparison));
  simdjson::dom::parser parser;
  EXPECT_TRUE(bool(parser.parse(simdjson::padded_string(compare_json(*comparison)))["regressed"]));
}

}  // namespace
}  // namespace ringload::report
