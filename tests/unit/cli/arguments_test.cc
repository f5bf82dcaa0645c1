#include "cli/arguments.h"

#include <gtest/gtest.h>

#include "command_line.h"

namespace ringload::cli {
namespace {

TEST(Arguments, ValuesArriveAsTheyWereWritten) {
  for (const std::string value : {"[1,2]", "{\"a\":[1]}", "a,b", "K: [v]", "\"quoted\"", "'single'",
                                  "-x", "a=b=c", "ü \x01"}) {
    EXPECT_EQ(value, parsed({"--prompt", value}).value("prompt"));
    EXPECT_EQ(value, parsed({"--prompt=" + value}).value("prompt"));
  }
}

TEST(Arguments, TheLastOfARepeatedFlagCountsAndListsKeepAll) {
  const Arguments arguments = parsed({"-m", "a", "-m", "b", "--threshold", "p95<=1", "--threshold=p99<=2"});
  EXPECT_EQ("b", arguments.value("model"));
  EXPECT_EQ((std::vector<std::string>{"p95<=1", "p99<=2"}), arguments.all("threshold"));
  EXPECT_FALSE(arguments.value("target"));
  EXPECT_TRUE(arguments.all("header").empty());
}

TEST(Arguments, AnAliasIsItsOption) { EXPECT_EQ("k", parsed({"--api-key", "k"}).value("vk")); }

TEST(Arguments, RepeatableOnesDoNotSwallowWhatFollows) {
  const Arguments arguments = parsed({"--header", "A: 1", "http://h", "--header", "B: 2"});
  EXPECT_EQ((std::vector<std::string>{"http://h"}), arguments.positional);
  EXPECT_EQ(2u, arguments.all("header").size());
}

TEST(Environment, NamesFollowFlags) { EXPECT_EQ("RINGLOAD_REGRESS_PCT", environment_name("regress-pct")); }

TEST(Environment, CountsBelowTheFlag) {
  const Variable variable("RINGLOAD_MODEL", "env");
  EXPECT_EQ("env", parsed({"http://h"}).value("model"));
  EXPECT_EQ("flag", parsed({"http://h", "-m", "flag"}).value("model"));
  const Variable empty("RINGLOAD_TIMEOUT", "");
  EXPECT_FALSE(parsed({"http://h"}).value("timeout"));
}

TEST(Environment, SwitchesFlags) {
  const Variable variable("RINGLOAD_JSON", "1");
  EXPECT_TRUE(parsed({"http://h"}).flag("json"));
  EXPECT_FALSE(parsed({"http://h", "--json=off"}).flag("json"));
  const Variable off("RINGLOAD_QUIET", "off");
  EXPECT_FALSE(parsed({"http://h"}).flag("quiet"));
  const Variable bad("RINGLOAD_NO_COLOR", "maybe");
  EXPECT_THROW(parsed({"http://h"}).flag("no-color"), UsageError);
}

// RINGLOAD_RATE beside a typed --stages is no mistake: what was typed wins.
TEST(Environment, GivesWayToATypedFlagThatExcludesIt) {
  const Variable rate("RINGLOAD_RATE", "5");
  const Variable key("RINGLOAD_VK", "k");
  const Variable target("RINGLOAD_TARGET", "http://env");
  EXPECT_EQ("5", parsed({"--model", "m"}).value("rate"));
  EXPECT_FALSE(parsed({"--stages", "1:1s"}).value("rate"));
  EXPECT_FALSE(parsed({"-c", "5"}).value("rate"));
  EXPECT_FALSE(parsed({"--vk-env", "X"}).value("vk"));
  EXPECT_FALSE(parsed({"http://h"}).value("target"));
}

TEST(Numbers, WithinBoundsOrAComplaint) {
  EXPECT_EQ(7, whole_number(parsed({"--shards", "7"}), "shards", 1, 1, 9));
  EXPECT_EQ(1, whole_number(parsed({"-m", "m"}), "shards", 1, 1, 9));
  for (const char* bad : {"0", "10", "-1", "1.5", "0x5", "+5", " 5", "5 ", "five", "99999999999999999999"})
    EXPECT_THROW(whole_number(parsed({"--shards", bad}), "shards", 1, 1, 9), UsageError) << bad;
  EXPECT_DOUBLE_EQ(2.5, decimal(parsed({"--regress-pct", "2.5"}), "regress-pct", 10, 0, 100));
  for (const char* bad : {"-1", "101", "nan", "inf", "1e999", "1,5", ""})
    EXPECT_THROW(decimal(parsed({"--regress-pct", bad}), "regress-pct", 10, 0, 100), UsageError) << bad;
}

TEST(Complaints, NameFlagValueAndWhatIsAllowed) {
  try {
    whole_number(parsed({"--shards", "many"}), "shards", 1, 1, 9);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ("--shards: found \"many\", allowed: a whole number from 1 to 9", error.what());
  }
}

TEST(Complaints, DoNotShowKeys) {
  try {
    whole_number(parsed({"--shards", "sk-1234567890abcdef"}), "shards", 1, 1, 9);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string::npos, std::string(error.what()).find("123456"));
  }
}

}  // namespace
}  // namespace ringload::cli
