#include "cli/secrets.h"

#include <gtest/gtest.h>

#include "command_line.h"

namespace ringload::cli {
namespace {

std::string after_wiping(std::vector<std::string> words) {
  CommandLine line(std::move(words));
  wipe_secrets(line.argc(), line.argv());
  return line.shown();
}

TEST(Secrets, KeysAndHeadersAreWipedInEveryForm) {
  EXPECT_EQ("--vk xxx --model m", after_wiping({"--vk", "key", "--model", "m"}));
  EXPECT_EQ("-vk xxx", after_wiping({"-vk", "key"}));
  EXPECT_EQ("--vk=xxx", after_wiping({"--vk=key"}));
  EXPECT_EQ("-vk=xxx", after_wiping({"-vk=key"}));
  EXPECT_EQ("--api-key xxx", after_wiping({"--api-key", "key"}));
  EXPECT_EQ("--header xxxx", after_wiping({"--header", "A: b"}));
  EXPECT_EQ("-header=xxxx", after_wiping({"-header=A: b"}));
  EXPECT_EQ("-H xxxx", after_wiping({"-H", "A: b"}));
  EXPECT_EQ("-Hxxxx", after_wiping({"-HA: b"}));
}

TEST(Secrets, WhatLooksLikeAKeyIsWipedWhereverItStands) {
  EXPECT_EQ("--concurrency xxxxxxxxxxxxxxxx", after_wiping({"--concurrency", "sk-1234567890abc"}));
  EXPECT_EQ("xxxxxxxxxxxxxxxx", after_wiping({"sk-1234567890abc"}));
  EXPECT_EQ("--label=xxxxxxxxxxxxxxxx", after_wiping({"--label=sk-1234567890abc"}));
}

TEST(Secrets, KeysInsideAWordAreWipedThere) {
  EXPECT_EQ("http://h/p?key=xxxx&v=1 --extra-body {\"token\":\"xxxx\"}",
            after_wiping({"http://h/p?key=hush&v=1", "--extra-body", R"({"token":"hush"})"}));
}

TEST(Secrets, TheRestStays) {
  EXPECT_EQ("--vk-env NAME --config perf-128-nonstream -c 64",
            after_wiping({"--vk-env", "NAME", "--config", "perf-128-nonstream", "-c", "64"}));
  EXPECT_EQ("--vk", after_wiping({"--vk"}));
}

TEST(Secrets, ParsingKeepsTheValueAndWipesTheWordsEvenWhenItFails) {
  CommandLine line({"--vk", "my-key", "http://h"});
  EXPECT_EQ("my-key", line.parse().value("vk"));
  EXPECT_EQ("--vk xxxxxx http://h", line.shown());
  CommandLine wrong({"--vk", "my-key", "--nope"});
  EXPECT_THROW(wrong.parse(), UsageError);
  EXPECT_EQ("--vk xxxxxx --nope", wrong.shown());
}

}  // namespace
}  // namespace ringload::cli
