#include "engine/spending.h"

#include <gtest/gtest.h>

#include "ringload/profile_load.h"

namespace ringload::engine {
namespace {

std::shared_ptr<const load::Workload> workload() {
  const auto profile = parse_profile(R"({
    "defaults": {"target": "http://127.0.0.1:1", "model": "a"},
    "prices": {"a": {"input_per_mtok": 1, "cached_input_per_mtok": 0.1, "output_per_mtok": 10}},
    "scenarios": [{"name": "priced", "content": {"mode": "sized", "approx_input_tokens": 500}},
                  {"name": "free", "model": "b"}]})", "p.json", Environment::process());
  EXPECT_TRUE(profile);
  return load::Workload::make(*profile, {}).value();
}

Tokens tokens(int64_t prompt, int64_t cached, int64_t completion) {
  Tokens tokens;
  tokens.prompt = prompt;
  tokens.cached = cached;
  tokens.completion = completion;
  return tokens;
}

TEST(Spending, PricesPromptCacheAndCompletion) {
  Spending spending(*workload());
  spending.add(0, tokens(1000, 400, 100), true);
  EXPECT_DOUBLE_EQ((600 * 1 + 400 * 0.1 + 100 * 10) / 1e6, spending.usd());
  spending.add(0, tokens(1000, -1, -1), true);
  EXPECT_DOUBLE_EQ((1600 * 1 + 400 * 0.1 + 100 * 10) / 1e6, spending.usd(0));
}

TEST(Spending, WhatWasNotToldIsThePlansPromptOfAGoodAnswerAndNothingOfABadOne) {
  Spending spending(*workload());
  spending.add(0, tokens(-1, -1, -1), false);
  EXPECT_EQ(0, spending.usd());
  spending.add(0, tokens(-1, -1, -1), true);
  EXPECT_DOUBLE_EQ(500 / 1e6, spending.usd());
}

TEST(Spending, AModelWithoutPriceCostsNothing) {
  Spending spending(*workload());
  spending.add(1, tokens(1000, 0, 1000), true);
  EXPECT_EQ(0, spending.usd());
  EXPECT_FALSE(all_priced(workload()->profile()));
}

}  // namespace
}  // namespace ringload::engine
