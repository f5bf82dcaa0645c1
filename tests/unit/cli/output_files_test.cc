#include "cli/output_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/summary_files.h"
#include "ringload/report.h"

namespace ringload::cli {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kSecond2006 = 1'136'214'245;  // 2006-01-02T15:04:05Z

class Output : public ::testing::Test {
 protected:
  void SetUp() override { fs::remove_all(root_); }
  void TearDown() override { fs::remove_all(root_); }
  size_t files() const {
    size_t n = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root_)) ++n;
    return n;
  }
  const std::string root_ = ::testing::TempDir() + "ringload-output-files";
};

TEST_F(Output, NamesCarryTheTimeInUtc) {
  auto files = OutputFiles::create(root_, kSecond2006);
  ASSERT_TRUE(files);
  EXPECT_EQ(root_ + "/summary-20060102T150405Z.json", files->path("summary", "json"));
}

TEST_F(Output, ATakenNameGetsANumber) {
  auto first = OutputFiles::create(root_, kSecond2006);
  auto second = OutputFiles::create(root_, kSecond2006);
  std::ofstream(root_ + "/results-20060102T150405Z-3.jsonl") << "";
  auto fourth = OutputFiles::create(root_, kSecond2006);
  EXPECT_EQ(root_ + "/summary-20060102T150405Z-2.json", second->path("summary", "json"));
  EXPECT_EQ(root_ + "/summary-20060102T150405Z-4.json", fourth->path("summary", "json"));
}

TEST_F(Output, WhatWasNeverWrittenLeavesNothing) {
  { auto files = OutputFiles::create(root_, kSecond2006); }
  EXPECT_FALSE(fs::exists(root_));
  fs::create_directories(root_);
  { auto files = OutputFiles::create(root_, kSecond2006); }
  EXPECT_TRUE(fs::exists(root_)) << "a directory that was there stays";
  EXPECT_EQ(0u, files());
}

TEST_F(Output, LatestIsTheNewestSummary) {
  auto files = OutputFiles::create(root_, kSecond2006);
  EXPECT_EQ("", files->write_summary("{}"));
  EXPECT_EQ("", files->link_latest());
  EXPECT_EQ("summary-20060102T150405Z.json", fs::read_symlink(root_ + "/latest"));
  auto second = OutputFiles::create(root_, kSecond2006 + 1);
  EXPECT_EQ("", second->write_summary("{}"));
  EXPECT_EQ("", second->link_latest());
  EXPECT_EQ("summary-20060102T150406Z.json", fs::read_symlink(root_ + "/latest"));
  EXPECT_EQ(3u, files ? this->files() : 0) << "two summaries and the link, nothing half-made";
}

TEST_F(Output, DirectoriesThatCannotBeAreNamed) {
  fs::create_directories(root_);
  std::ofstream(root_ + "/file") << "x";
  for (const char* bad : {"/file", "/file/sub"}) {
    const auto files = OutputFiles::create(root_ + bad, kSecond2006);
    ASSERT_FALSE(files);
    EXPECT_NE(std::string::npos, files.error().find(root_ + bad)) << files.error();
    EXPECT_NE(std::string::npos, files.error().find("--out"));
  }
}

TEST_F(Output, AWriteThatFailsLeavesNeitherHalfNorOldGone) {
  fs::create_directories(root_);
  EXPECT_NE("", write_atomically(root_ + "/none/file", "x"));
  EXPECT_EQ("", write_atomically(root_ + "/file", "old"));
  fs::create_directories(root_ + "/dir/x");
  EXPECT_NE("", write_atomically(root_ + "/dir", "x")) << "a directory is in the way";
  EXPECT_EQ(2u, files()) << "no .part is left";
}

TEST_F(Output, SummariesAreFoundByDirectoryListAndName) {
  auto files = OutputFiles::create(root_, kSecond2006);
  RunResult result;
  result.seed = 7;
  files->write_summary(summary_json(result));
  EXPECT_THROW(load_summary(root_), UsageError) << "no latest yet";
  files->link_latest();
  EXPECT_EQ(7u, load_summary(root_).seed);
  const std::string path = files->path("summary", "json");
  EXPECT_EQ(2u, load_summaries(path + "," + root_).size());
  fs::copy_file(path, root_ + "/a,b.json");
  EXPECT_EQ(1u, load_summaries(root_ + "/a,b.json").size());
  EXPECT_THROW(load_summaries(path + ","), UsageError);
  EXPECT_THROW(load_summary(root_ + "/none"), UsageError);
  std::ofstream(root_ + "/broken.json") << "{";
  EXPECT_THROW(load_summary(root_ + "/broken.json"), UsageError);
  std::ofstream(root_ + "/report-20060102T150405Z.csv") << "";
  EXPECT_EQ((std::vector<std::string>{".csv"}), endings_beside(root_ + "/latest"));
}

}  // namespace
}  // namespace ringload::cli
