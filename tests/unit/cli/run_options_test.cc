#include "cli/run_options.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cli/rank.h"
#include "command_line.h"

namespace ringload::cli {
namespace {

TEST(CpuList, NumbersAndRanges) {
  EXPECT_EQ((std::vector<int>{3}), parse_cpu_list("3"));
  EXPECT_EQ((std::vector<int>{0, 1, 2, 3, 8}), parse_cpu_list("0-3,8"));
  EXPECT_EQ((std::vector<int>{8, 0}), parse_cpu_list("8,0"));
  for (const char* bad : {"", ",", "1,", "3-1", "a", "1-", "-1", "1--2", "99999", "1 2"})
    EXPECT_THROW(parse_cpu_list(bad), UsageError) << bad;
}

TEST(Jsonl, OnOffOrASample) {
  EXPECT_TRUE(jsonl_choice(parsed({"-m", "m"})).on);
  EXPECT_FALSE(jsonl_choice(parsed({"--jsonl", "off"})).on);
  EXPECT_DOUBLE_EQ(0.01, jsonl_choice(parsed({"--jsonl", "sample:0.01"})).sample);
  for (const char* bad : {"yes", "sample:", "sample:0", "sample:1.1", "sample:-1", "sample:nan", "sample:0.1x"})
    EXPECT_THROW(jsonl_choice(parsed({"--jsonl", bad})), UsageError) << bad;
}

TEST(Sources, ListsAndNetworks) {
  const auto ips = [](const char* text) { return session_options(parsed({"--source-ip", text})).source_ips; };
  using List = std::vector<std::string>;
  EXPECT_EQ((List{"127.0.0.1", "127.0.0.2"}), ips("127.0.0.1,127.0.0.2"));
  EXPECT_EQ((List{"127.0.0.5", "127.0.0.6"}), ips("127.0.0.5/30"));
  EXPECT_EQ((List{"10.0.0.9"}), ips("10.0.0.9/32"));
  for (const char* bad : {"localhost", "127.0.0.1,", "127.0.0.1/33", "127.0.0.1/x", "10.0.0.0/8", "1.2.3"})
    EXPECT_THROW(ips(bad), UsageError) << bad;
}

TEST(Ranks, FlagThenLauncher) {
  EXPECT_EQ(2u, rank_of(parsed({"--rank", "2/4"})).index);
  EXPECT_EQ(1u, rank_of(parsed({"-m", "m"})).of);
  for (const char* bad : {"4/4", "-1/4", "1", "a/b", "0/0", "/", "1/"})
    EXPECT_THROW(rank_of(parsed({"--rank", bad})), UsageError) << bad;
  const Variable index("SLURM_PROCID", "3"), of("SLURM_NTASKS", "8");
  EXPECT_EQ(3u, rank_of(parsed({"-m", "m"})).index);
  EXPECT_EQ(8u, rank_of(parsed({"-m", "m"})).of);
  EXPECT_EQ(0u, rank_of(parsed({"--rank", "0/2"})).index);
}

TEST(Keys, OneSourceOnly) {
  EXPECT_THROW(overrides_from(parsed({"--vk", "a", "--vk-env", "B"})), UsageError);
  const Variable key("CLI_TEST_KEY", "secret");
  EXPECT_EQ("secret", overrides_from(parsed({"--vk-env", "CLI_TEST_KEY"})).vk);
  EXPECT_THROW(overrides_from(parsed({"--vk-env", "CLI_TEST_UNSET"})), UsageError);
  const std::string path = ::testing::TempDir() + "cli-key";
  std::ofstream(path) << "from-file \n";
  EXPECT_EQ("from-file", overrides_from(parsed({"--vk-file", path})).vk);
  std::ofstream(path) << "\n";
  EXPECT_THROW(overrides_from(parsed({"--vk-file", path})), UsageError);
  EXPECT_THROW(overrides_from(parsed({"--vk-file", path + ".none"})), UsageError);
}

// The one that a vendor's client would take is left alone.
TEST(Keys, OpenAisVariableIsSentOnlyWhenNamed) {
  const Variable key("OPENAI_API_KEY", "sk-secret");
  EXPECT_FALSE(overrides_from(parsed({"-m", "m"})).vk);
  EXPECT_EQ("sk-secret", overrides_from(parsed({"--vk-env", "OPENAI_API_KEY"})).vk);
}

TEST(Targets, OneUrl) {
  EXPECT_EQ("http://h", overrides_from(parsed({"http://h"})).target);
  EXPECT_THROW(overrides_from(parsed({"http://h", "http://i"})), UsageError);
  EXPECT_THROW(overrides_from(parsed({"http://h", "--target", "http://i"})), UsageError);
  EXPECT_THROW(effective_profile(parsed({"-m", "m"})), UsageError);
}

TEST(Proxies, AreNamedInANote) {
  for (const char* name :
       {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    ::unsetenv(name);
  EXPECT_EQ("", proxy_note());
  const Variable proxy("HTTPS_PROXY", "http://user:secret@proxy:3128");
  EXPECT_NE(std::string::npos, proxy_note().find("HTTPS_PROXY"));
  EXPECT_EQ(std::string::npos, proxy_note().find("secret"));
}

}  // namespace
}  // namespace ringload::cli
