#include "cli/nearest.h"

#include <gtest/gtest.h>

namespace ringload::cli {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(0u, edit_distance("rate", "rate"));
  EXPECT_EQ(4u, edit_distance("", "rate"));
  EXPECT_EQ(4u, edit_distance("rate", ""));
  EXPECT_EQ(1u, edit_distance("rte", "rate"));
  EXPECT_EQ(1u, edit_distance("rates", "rate"));
  EXPECT_EQ(1u, edit_distance("rare", "rate"));
  EXPECT_EQ(1u, edit_distance("raet", "rate"));
  EXPECT_EQ(3u, edit_distance("kitten", "sitting"));
}

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  constexpr std::string_view names[] = {"concurrency", "config", "rate", "duration"};
  EXPECT_EQ("concurrency", nearest("concurency", names));
  EXPECT_EQ("duration", nearest("duraton", names));
  EXPECT_EQ("concurrency", nearest("conc", names));
  EXPECT_EQ("", nearest("zzz", names));
  EXPECT_EQ("", nearest("", names));
  EXPECT_EQ("", nearest(std::string(100'000, 'a'), names));
}

}  // namespace
}  // namespace ringload::cli
