#include "io/feature.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace ringload::io {
namespace {

class MaskedFeatures : public ::testing::Test {
 protected:
  void TearDown() override { ::unsetenv("RINGLOAD_RING_MASK"); }
  static uint32_t masked(const char* value) {
    ::setenv("RINGLOAD_RING_MASK", value, 1);
    return masked_features_from_environment();
  }
};

TEST_F(MaskedFeatures, UnsetMasksNothing) {
  ::unsetenv("RINGLOAD_RING_MASK");
  EXPECT_EQ(masked_features_from_environment(), 0u);
}

TEST_F(MaskedFeatures, NamesAndTheShorthand) {
  EXPECT_EQ(masked(""), 0u);
  EXPECT_EQ(masked("bind"), uint32_t{kBind});
  EXPECT_EQ(masked("bind,absolute-timer"), uint32_t{kBind | kAbsoluteTimer});
  EXPECT_EQ(masked("newer-than-6.1"), kAllFeatures & ~kBaselineFeatures);
  EXPECT_EQ(masked("unknown,,port-range"), uint32_t{kPortRange});
}

TEST(FeatureNames, RoundTrip) {
  EXPECT_EQ(feature_names(0), "");
  EXPECT_EQ(feature_names(kBind), "bind");
  ::setenv("RINGLOAD_RING_MASK", feature_names(kAllFeatures).c_str(), 1);
  EXPECT_EQ(masked_features_from_environment(), kAllFeatures) << "every feature has a name of its own";
  ::unsetenv("RINGLOAD_RING_MASK");
}

}  // namespace
}  // namespace ringload::io
