#include "load/key_mask.h"

#include <gtest/gtest.h>

namespace ringload::load {
namespace {

std::string masked(std::string text) {
  Scenario scenario;
  scenario.headers = {{"Authorization", "Bearer sk-1234567890", "<redacted>"},
                      {"x-team", "everyone-here", "everyone-here"},
                      {"x-pin", "1234", "<redacted>"},
                      {"api-key", "second-secret", "<redacted>"}};
  KeyMask(scenario).apply(text);
  return text;
}

TEST(KeyMask, HidesEveryKeyWherever) {
  EXPECT_EQ("got Bearer *************, *************", masked("got Bearer sk-1234567890, second-secret"));
  EXPECT_EQ("**************************", masked("sk-1234567890sk-1234567890"));
}

TEST(KeyMask, HidesAKeyThatTheEndCut) {
  EXPECT_EQ("at the end ************", masked("at the end sk-123456789"));
  EXPECT_EQ("at the end ********", masked("at the end sk-12345"));
  EXPECT_EQ("********", masked("sk-12345"));
}

TEST(KeyMask, KnowsTheKeysOfQueryStringsAndExtraBodies) {
  Scenario scenario;
  scenario.target.path = "/chat?key=query%2Fsecret&n=long-enough-value";
  scenario.extra_body = R"({"api_key": "body-secret", "user": "everyone-here"})";
  std::string text = "query%2Fsecret query/secret body-secret long-enough-value everyone-here";
  KeyMask(scenario).apply(text);
  EXPECT_EQ("************** ************ *********** long-enough-value everyone-here", text);
}

TEST(KeyMask, LeavesTheRest) {
  EXPECT_EQ("", masked(""));
  EXPECT_EQ("everyone-here 1234 sk-123", masked("everyone-here 1234 sk-123"));
  EXPECT_EQ("sk-12345 in the middle", masked("sk-12345 in the middle"));
}

}  // namespace
}  // namespace ringload::load
