#include "cli/exit_code.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace ringload::cli {
namespace {

RunResult good() {
  RunResult result;
  result.conservation.ok = 10;
  result.health.verdict = Verdict::valid;
  result.ended_by = EndedBy::plan;
  return result;
}

TEST(ExitCode, OneReasonEach) {
  EXPECT_EQ(0, exit_code_of(good(), 0, false));
  RunResult result = good();
  result.pass = false;
  EXPECT_EQ(1, exit_code_of(result, 0, false));
  result = good();
  result.ended_by = EndedBy::abort_on;
  EXPECT_EQ(1, exit_code_of(result, 0, false));
  result = good();
  result.health.verdict = Verdict::invalid;
  EXPECT_EQ(3, exit_code_of(result, 0, false));
  EXPECT_EQ(0, exit_code_of(result, 0, true));
  result = good();
  result.conservation.ok = 0;
  EXPECT_EQ(4, exit_code_of(result, 0, false));
  result = good();
  result.ended_by = EndedBy::budget;
  EXPECT_EQ(5, exit_code_of(result, 0, false));
  EXPECT_EQ(130, exit_code_of(good(), SIGINT, false));
  EXPECT_EQ(143, exit_code_of(good(), SIGTERM, false));
  EXPECT_EQ(129, exit_code_of(good(), SIGHUP, false));
}

TEST(ExitCode, SuspectIsNoReason) {
  RunResult result = good();
  result.health.verdict = Verdict::suspect;
  EXPECT_EQ(0, exit_code_of(result, 0, false));
}

// Of several: the signal, 4, 3, 5, 1.
TEST(ExitCode, TheGravestCounts) {
  RunResult result = good();
  result.pass = false;
  result.ended_by = EndedBy::budget;
  EXPECT_EQ(5, exit_code_of(result, 0, false));
  result.health.verdict = Verdict::invalid;
  EXPECT_EQ(3, exit_code_of(result, 0, false));
  result.conservation.ok = 0;
  EXPECT_EQ(4, exit_code_of(result, 0, false));
  EXPECT_EQ(130, exit_code_of(result, SIGINT, false));
}

}  // namespace
}  // namespace ringload::cli
