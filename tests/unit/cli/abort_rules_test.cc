#include "cli/abort_rules.h"

#include <gtest/gtest.h>

#include "command_line.h"

namespace ringload::cli {
namespace {

std::string refusal(const std::string& rule) {
  Profile profile;
  profile.scenarios.resize(1);
  profile.scenarios[0].name = "chat";
  profile.stages.resize(2);
  try {
    AbortRules::from(parsed({"-m", "m", "--abort-on", rule}), profile);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(AbortRules, TakeWhatIsKnownWhileAStageRuns) {
  for (const char* rule : {"error_rate>50%", "p99>2s", "chat:ttft_p50>=100ms", "stage2:rps<10", "service_p99.9>1s"})
    EXPECT_EQ("", refusal(rule)) << rule;
}

TEST(AbortRules, RefuseTheRestWithAReason) {
  for (const char* rule : {"itl_p50>1ms", "goodput<0.5", "latency_mean>1ms", "latency_max>1s", "tpot>1", "speed>1",
                           "error_rate", "stage3:error_rate>1%", "rag:error_rate>1%"})
    EXPECT_TRUE(refusal(rule).starts_with("--abort-on: ")) << rule;
}

}  // namespace
}  // namespace ringload::cli
