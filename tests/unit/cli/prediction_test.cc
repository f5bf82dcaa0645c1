#include "cli/prediction.h"

#include <gtest/gtest.h>

#include "cli/run_options.h"
#include "command_line.h"

namespace ringload::cli {
namespace {

Prediction predicted(std::vector<std::string> words) {
  words.insert(words.end(), {"http://h", "-m", "m"});
  const Arguments arguments = parsed(words);
  return predict(*workload_of(effective_profile(arguments), session_options(arguments)));
}

TEST(Prediction, AClosedStageSendsWhatTheTargetAllows) {
  EXPECT_FALSE(predicted({"-c", "5"}).requests);
  EXPECT_FALSE(predicted({"--stages", "@10:10s,5:10s"}).requests) << "one such stage is enough";
}

TEST(Prediction, RequestsAndOpenStagesAreKnown) {
  EXPECT_EQ(500, predicted({"-n", "500"}).requests);
  EXPECT_FALSE(predicted({"-n", "500"}).at_most);
  EXPECT_TRUE(predicted({"-n", "500", "-d", "5s"}).at_most);
  EXPECT_EQ(3000, predicted({"-r", "100", "-d", "30s"}).requests);
  EXPECT_EQ(300 + 55, predicted({"--stages", "@10:30s,@1-10:10s"}).requests);
}

TEST(Prediction, TokensFollow) {
  const Prediction prediction = predicted({"-n", "100", "--input-tokens", "50", "--max-tokens", "20"});
  EXPECT_EQ(5000, prediction.input_tokens);
  EXPECT_EQ(2000, prediction.output_tokens);
  EXPECT_FALSE(prediction.cost_usd);
}

TEST(Disk, ALineIsAsLongAsThoseThatAreWritten) {
  const double streamed = predicted({"-n", "1"}).jsonl_line_bytes;
  EXPECT_NEAR(streamed, 760, 40);  // as runs against the mock write them
  EXPECT_LT(predicted({"-n", "1", "--stream", "off"}).jsonl_line_bytes, streamed);
  EXPECT_GT(predicted({"-c", "1"}).jsonl_line_bytes, 500) << "also when the requests are not known";
}

TEST(Traffic, IsOfTheHighestOpenRate) {
  const auto of = [](std::vector<std::string> words) {
    words.insert(words.end(), {"http://h", "-m", "m"});
    const Arguments arguments = parsed(words);
    return predict_traffic(*workload_of(effective_profile(arguments), session_options(arguments)));
  };
  EXPECT_FALSE(of({"-c", "5"}).requests_per_s);
  EXPECT_EQ(2000, of({"--stages", "5:1s,@100:1s,@50-2000:1s"}).requests_per_s);
  const Traffic plain = of({"-r", "10", "--stream", "off", "--max-tokens", "128"});
  const Traffic streamed = of({"-r", "10", "--stream", "on", "--max-tokens", "128"});
  EXPECT_NEAR(1000, plain.sent_bytes, 200);
  EXPECT_NEAR(1200, *plain.received_bytes, 300);
  EXPECT_NEAR(24'000, *streamed.received_bytes, 2'000);
  EXPECT_GT(*streamed.cpu_us, 10 * *plain.cpu_us) << "an event each time";
  EXPECT_NEAR(14, *streamed.cpu_us_least, 2);
  EXPECT_DOUBLE_EQ(*plain.cpu_us, *plain.cpu_us_least);
}

TEST(Disk, RefusesWhatDoesNotFit) {
  Prediction prediction;
  prediction.jsonl_line_bytes = 700;
  EXPECT_EQ("", disk_complaint(prediction, 1, "/tmp")) << "nothing is known";
  prediction.requests = 10;
  EXPECT_EQ("", disk_complaint(prediction, 1, "/tmp/not/yet/there"));
  prediction.requests = 1e15;
  EXPECT_NE("", disk_complaint(prediction, 1, "/tmp"));
  EXPECT_EQ("", disk_complaint(prediction, 1e-12, "/tmp")) << "a sample fits";
}

}  // namespace
}  // namespace ringload::cli
