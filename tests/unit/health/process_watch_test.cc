#include "health/process_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace ringload::health {
namespace {

TEST(ProcessWatch, FilesPeakIsTheMostThatASampleSaw) {
  ProcessWatch watch;
  const uint64_t before = watch.files_peak();
  EXPECT_GE(before, 3u);
  std::vector<int> files;
  for (int i = 0; i < 20; ++i) files.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  watch.sample();
  EXPECT_EQ(watch.files_peak(), before + 20);
  for (const int file : files) ::close(file);
  watch.sample();
  EXPECT_EQ(watch.files_peak(), before + 20);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(watch.files_limit(), limit.rlim_cur);
}

TEST(ProcessWatch, MemoryPeakHoldsWhatWasTouchedAndGivenBack) {
  constexpr size_t kBytes = 64 << 20;
  {
    std::vector<char> block(kBytes);
    std::memset(block.data(), 1, kBytes);
  }
  const ProcessWatch watch;
  EXPECT_GE(watch.memory_peak_bytes(), kBytes);
  const auto pages = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES));
  EXPECT_LE(watch.memory_peak_bytes(), pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
}

TEST(ProcessWatch, SwitchesAreThoseSinceItsConstruction) {
  ProcessWatch watch;
  const uint64_t before = watch.switches_voluntary();
  for (int i = 0; i < 20; ++i) ::usleep(100);
  EXPECT_GE(watch.switches_voluntary(), before + 20);
}

TEST(ProcessWatch, CountsOfTheKernelNeverGoBack) {
  ProcessWatch watch;
  ASSERT_TRUE(read_network_counts());
  EXPECT_LT(watch.retransmits().value_or(0), uint64_t{1} << 40);
  EXPECT_LT(watch.listen_overflows().value_or(0), uint64_t{1} << 40);
  for (int i = 0; i < 100 && !watch.steal(); ++i) ::usleep(5000);  // ticks must pass
  ASSERT_TRUE(watch.steal());
  EXPECT_GE(*watch.steal(), 0);
  EXPECT_LE(*watch.steal(), 1);
}

}  // namespace
}  // namespace ringload::health
