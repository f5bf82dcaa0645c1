#include "load/secret_text.h"

#include <gtest/gtest.h>

#include "load/json_value.h"

namespace ringload::load {
namespace {

TEST(SecretText, KeysAreKnownByTheirLook) {
  for (const char* key : {"sk-abcdef", "-sk-abcdefgh", "vk-12345", "Bearer x", "Basic eDp5", "a1b2c3d4e5f6a1b2c3d4e5f6",
                          "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "QUJDREVGR0hJSktMTU5PUFFSU1Q1Njc4OTA="}) {
    EXPECT_TRUE(looks_like_key(key)) << key;
    EXPECT_EQ(shown(key), "<redacted>") << key;
  }
  for (const char* word : {"", "-", "30s:100", "perf-128-nonstream", "summary-20261122T193559Z.json", "sk-1",
                           "/home/me/profiles/a1b2c3d4e5f6a1b2c3d4.json", "openai-chat-without-any-digit"})
    EXPECT_FALSE(looks_like_key(word)) << word;
}

TEST(SecretText, NamesThatAnnounceASecret) {
  for (const char* name : {"Authorization", "x-api-key", "access_token", "client_secret", "sig", "code", "Cookie"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const char* name : {"model", "max_tokens", "x-request-id", "Content-Type", "design"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(SecretText, WhatStandsInALongerText) {
  const auto expect = [](std::string_view text, std::string_view wanted) { EXPECT_EQ(redacted(text), wanted) << text; };
  expect("http://h/p?key=hush&api-version=2024-10-21", "http://h/p?key=<redacted>&api-version=2024-10-21");
  expect("/p?a=b&access_token=x#y", "/p?a=b&access_token=<redacted>#y");
  expect("/p?q=a1b2c3d4e5f6a1b2c3d4e5f6", "/p?q=<redacted>");
  expect("http://me:hush@h/p", "http://<redacted>@h/p");
  expect("http://h/p/sk-abcdefgh/x", "http://h/p/<redacted>/x");
  expect("sk-abcdefgh:30s", "<redacted>:30s");
  expect(R"({"api_key": "hush\"hush", "user":"me"})", R"({"api_key": "<redacted>", "user":"me"})");
  expect("got Bearer hush, and more", "got Bearer <redacted>, and more");
  for (const char* plain : {"", "http://h:8080/v1/chat/completions?api-version=1", "--max-tokens=64", "key", "key=",
                            "Bearer ${env:KEY}", "?key=REPLACE_WITH_VK", R"("key")", R"("key": 5)", "a@b", "a basic question"})
    expect(plain, plain);
}

TEST(SecretText, AnyCutOfAnyTextIsHarmless) {
  const std::string_view text = R"(http://a:b@c/?key=d&e=f {"token" : "g\"h"} Bearer i eyJ0 sk-12345678 ${env:J})";
  for (size_t from = 0; from < text.size(); ++from)
    for (size_t size = 0; size <= text.size() - from; ++size) {
      size_t end = 0;
      for (const SecretSpan& span : secrets_in(text.substr(from, size))) {
        ASSERT_GE(span.at, end);
        end = span.at + span.size;
        ASSERT_LE(end, size);
      }
    }
}

}  // namespace
}  // namespace ringload::load
