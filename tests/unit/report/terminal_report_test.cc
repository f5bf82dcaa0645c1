#include <gtest/gtest.h>

#include "golden.h"
#include "report/figures.h"
#include "report/style.h"
#include "ringload/report.h"
#include "sample_result.h"

namespace ringload::report {
namespace {

TextOptions options() {
  TextOptions options;
  options.summary_path = "runs/summary-20261122T193559Z.json";
  options.endings = {".html", ".txt", ".jsonl", ".csv", ".prom"};
  options.next = "ringload compare runs/summary-20261121T221004Z.json runs/latest";
  return options;
}

size_t widest(const std::string& text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    width = std::max(width, display_width(std::string_view(text).substr(at, end - at)));
    at = end + 1;
  }
  return width;
}

TEST(TerminalReport, OpenLoop) { expect_golden("open.txt", terminal_report(open_result(), options())); }
TEST(TerminalReport, ClosedLoopStages) { expect_golden("closed.txt", terminal_report(closed_result(), options())); }
TEST(TerminalReport, NothingMeasured) { expect_golden("empty.txt", terminal_report(empty_result(), TextOptions{})); }

TEST(DetailedReport, OpenLoop) { expect_golden("open.details.txt", detailed_report(open_result(), options())); }
TEST(DetailedReport, ClosedLoopStages) {
  expect_golden("closed.details.txt", detailed_report(closed_result(), options()));
}
TEST(DetailedReport, NothingMeasured) {
  const std::string text = detailed_report(empty_result(), TextOptions{});
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
}
TEST(DetailedReport, NeverWiderThanItsWidth) {
  for (const RunResult& result : {open_result(), closed_result(), empty_result()})
    EXPECT_LE(widest(detailed_report(result, options())), 100u);
}

TEST(TerminalReport, AsciiHasNoByteAbove7e) {
  TextOptions plain = options();
  plain.style.ascii = true;
  RunResult result = open_result();
  result.stages[0].scenarios[0].label = "chät\x1b[31m";
  const std::string text = terminal_report(result, plain);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int(c);
  expect_golden("open.ascii.txt", text);
}

TEST(TerminalReport, ForeignTextCannotDriveTheTerminal) {
  RunResult result = open_result();
  result.targets[0].url = "http://evil/\x1b]0;title\x07\x7f\xc2\x9b";
  result.warnings = {"\x1b[2Jgone"};
  const std::string text = terminal_report(result, options());
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int(c);
  EXPECT_EQ(text.find("\x7f"), std::string::npos);
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
}

TEST(TerminalReport, NeverWiderThanItsWidth) {
  for (RunResult result : {open_result(), closed_result(), empty_result()}) {
    result.warnings = {"a long warning that goes on and on until it has to be broken into more than one line of text, "
                       "since no terminal is so wide"};
    result.health.verdict = Verdict::suspect;
    result.health.reasons = {{"sched_lag_p99", Verdict::suspect, 412, 300, "us", 1,
                              "requests were sent late; use more shards or a host with nothing else on it"}};
    EXPECT_LE(widest(terminal_report(result, options())), 100u);
  }
}

TEST(TerminalReport, NamesWithoutBoundsStayInsideItsWidth) {
  const std::string name(140, 'n'), url = "http://gw:4000/" + std::string(160, 'u');
  for (RunResult result : {open_result(), closed_result()}) {
    result.targets = {{"", url, "openai-chat", std::string(120, 'm')}};
    result.labels = {{"k", name}};
    for (StageResult& stage : result.stages) stage.scenarios[0].label = name;
    for (ThresholdResult& row : result.thresholds) row.expr = name + ":p95<=1", row.scenario = name;
    result.segments = {{name, 1, 2, result.stages[0].scenarios[0]}};
    result.hosts = {{name, Verdict::valid, false, 1'000'000'000, 1'000'000'000, 0, 0, 123'456.7, 0.1, 1'234'000,
                     12'345'000, 1'234'000, 12'345'000, 1'000'000}};
    TextOptions long_path = options();
    for (const size_t letters : {20u, 50u, 70u}) {
      long_path.summary_path = "/tmp/" + std::string(letters, 'd') + "/summary-20261122T193559Z";
      EXPECT_LE(widest(detailed_report(result, long_path)), 100u) << detailed_report(result, long_path);
      EXPECT_NE(terminal_report(result, long_path).find(long_path.summary_path), std::string::npos) << "unbroken";
    }
  }
}

TEST(TerminalReport, ColourAddsNoColumns) {
  TextOptions colored = options();
  colored.style.color = true;
  const std::string with = terminal_report(open_result(), colored);
  EXPECT_NE(with.find("\x1b[31m"), std::string::npos);
  std::string without;
  for (size_t i = 0; i < with.size(); ++i) {
    if (with[i] == '\x1b') {
      i = with.find('m', i);
    } else {
      without += with[i];
    }
  }
  EXPECT_EQ(without, terminal_report(open_result(), options()));
}

TEST(TerminalReport, SaysWhenTheBalanceIsOff) {
  RunResult result = open_result();
  --result.conservation.ok;
  EXPECT_NE(terminal_report(result, options()).find("139,871 scheduled (20,000 warm-up) ≠ "), std::string::npos);
}

TEST(TerminalReport, MarksFiguresThatTheGeneratorsLagShowsIn) {
  RunResult result = open_result();
  result.stages[0].lag = samples_through(1000, {{0, 30'000}, {1, 30'000}});
  const std::string text = terminal_report(result, options());
  EXPECT_NE(text.find("!  171"), std::string::npos) << text;  // 30 ms of 171
  EXPECT_NE(text.find("own lag exceeds 5 %"), std::string::npos);
}

TEST(TerminalReport, CensoredRanksPrintTheTimeout) {
  RunResult result = open_result();
  Samples& latency = result.stages[0].scenarios[1].latency;
  latency.censored = latency.values.total() / 50;  latency.intervals.clear();
  result.timeout_s = 120;
  EXPECT_NE(terminal_report(result, options()).find(">120s"), std::string::npos);
}

TEST(TerminalReport, AThresholdWithoutDataSaysSo) {
  RunResult result = open_result();
  result.thresholds[2].value.reset();
  result.thresholds[2].note = "no data";
  EXPECT_NE(terminal_report(result, options()).find("✗ rag:ttft_p95 no data"), std::string::npos);
}

}  // namespace
}  // namespace ringload::report
