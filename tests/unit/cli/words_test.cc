#include "cli/words.h"

#include <gtest/gtest.h>

#include "command_line.h"

namespace ringload::cli {
namespace {

std::vector<std::string> options_of(std::vector<std::string> words) { return read_words(words).options; }
using List = std::vector<std::string>;

TEST(Words, RunIsTheDefaultBehindAFlagOrAUrl) {
  EXPECT_EQ(kRun, read_words({"--model", "m"}).command);
  EXPECT_EQ(kRun, read_words({"-c", "5"}).command);
  EXPECT_EQ(kRun, read_words({"http://127.0.0.1:1"}).command);
  EXPECT_EQ((List{"http://h"}), read_words({"http://h"}).positional);
  EXPECT_EQ(kRun, read_words({"run"}).command);
  EXPECT_EQ(kMock, read_words({"mock"}).command);
  EXPECT_TRUE(read_words({}).no_command);
}

TEST(Words, ACommandAsAValueIsAValue) {
  const Words words = read_words({"--model", "mock"});
  EXPECT_EQ(kRun, words.command);
  EXPECT_EQ((List{"--model=mock"}), words.options);
}

TEST(Words, EveryFlagOfTheGoToolTakesOneDashOrTwo) {
  for (const char* name : {"config", "vk", "target", "model", "stages", "out", "compare", "regress-pct", "header"}) {
    const std::string canonical = std::string("--") + name + "=x";
    for (const char* dashes : {"-", "--"}) {
      EXPECT_EQ((List{canonical}), options_of({dashes + std::string(name), "x"}));
      EXPECT_EQ((List{canonical}), options_of({dashes + std::string(name) + "=x"}));
    }
  }
  EXPECT_TRUE(read_words({"-version"}).version);
  EXPECT_TRUE(read_words({"--version"}).version);
}

TEST(Words, OtherFlagsNeedTwoDashes) {
  EXPECT_EQ("unknown flag \"-rate\"; did you mean --rate?", complaint({"-rate", "5"}));
}

TEST(Words, LettersTakeTheirValueInThreeForms) {
  for (const List& form : {List{"-c", "64"}, List{"-c64"}, List{"-c=64"}})
    EXPECT_EQ((List{"--concurrency=64"}), options_of(form));
  EXPECT_EQ((List{"--header=K: V"}), options_of({"-HK: V"}));
  EXPECT_EQ((List{"--quiet=on", "--model=m"}), options_of({"-q", "-m", "m"}));
  EXPECT_TRUE(read_words({"run", "-h"}).help);
  EXPECT_TRUE(read_words({"-V"}).version);
}

TEST(Words, LettersAreNotBundled) {
  EXPECT_EQ("found \"-qk\", allowed: letters one by one, as in -q -k", complaint({"-qk"}));
  EXPECT_EQ("found \"-qc5\", allowed: letters one by one, as in -q -c", complaint({"-qc5"}));
}

TEST(Words, AValueMayLookLikeAFlag) {
  EXPECT_EQ((List{"--prompt=--model"}), options_of({"--prompt", "--model"}));
  EXPECT_EQ((List{"--concurrency=-3"}), options_of({"--concurrency", "-3"}));
}

TEST(Words, MissingAndEmptyValuesAreMistakes) {
  EXPECT_EQ("--rate: found no value, allowed: R", complaint({"--rate"}));
  EXPECT_EQ("--model: found an empty value, allowed: NAME", complaint({"--model="}));
  EXPECT_EQ("--model: found an empty value, allowed: NAME", complaint({"--model", ""}));
}

TEST(Words, AFlagWithoutValueCanBeSwitchedOff) {
  EXPECT_EQ((List{"--json=on"}), options_of({"--json"}));
  EXPECT_EQ((List{"--json=off"}), options_of({"--json=false"}));
  EXPECT_EQ("--json: found \"maybe\", allowed: on or off", complaint({"--json=maybe"}));
}

TEST(Words, UnknownOnesNameTheNearest) {
  EXPECT_NE(std::string::npos, complaint({"--concurency", "5"}).find("did you mean --concurrency?"));
  EXPECT_NE(std::string::npos, complaint({"chekc"}).find("did you mean check?"));
  EXPECT_NE(std::string::npos, complaint({"localhost:8080"}).find("http://"));
  EXPECT_EQ("--format is no flag of run, but of report", complaint({"--format", "md"}));
  EXPECT_EQ("mock: found \"x\", allowed: flags only", complaint({"mock", "x"}));
}

TEST(Words, KeysAreNotRepeatedInComplaints) {
  const std::string key = "sk-1234567890abcdefghij";
  for (const List& words : {List{key}, List{"mock", key}, List{"--" + key}, List{"-" + key}, List{"--json=" + key}})
    EXPECT_EQ(std::string::npos, complaint(words).find("1234567890")) << complaint(words);
}

TEST(Words, HelpAloneIsTheProgramsAndElseTheCommands) {
  EXPECT_TRUE(read_words({"--help"}).general);
  EXPECT_FALSE(read_words({"run", "--help"}).general);
  EXPECT_FALSE(read_words({"--json", "--help"}).general);
}

TEST(Words, BehindTwoDashesNothingIsAFlag) {
  EXPECT_EQ((List{"--model"}), read_words({"report", "--", "--model"}).positional);
}

}  // namespace
}  // namespace ringload::cli
