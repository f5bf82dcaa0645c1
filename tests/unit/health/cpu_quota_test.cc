#include "health/cpu_quota.h"

#include <gtest/gtest.h>

#include "fake_host.h"

namespace ringload::health {
namespace {

TEST(CpuQuota, IsTheTightestOfTheGroupAndThoseAboveIt) {
  FakeHost fake;
  fake.write("/proc/self/cgroup", "0::/pod/box\n");
  EXPECT_FALSE(cpu_quota(fake.files()));
  EXPECT_FALSE(quota_periods(fake.files()));
  fake.write("/sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  fake.write("/sys/fs/cgroup/pod/box/cpu.max", "max 100000\n");
  EXPECT_DOUBLE_EQ(*cpu_quota(fake.files()), 1.5);
  fake.write("/sys/fs/cgroup/pod/box/cpu.max", "20000 100000\n");
  EXPECT_DOUBLE_EQ(*cpu_quota(fake.files()), 0.2);
  fake.write("/sys/fs/cgroup/pod/box/cpu.stat", "usage_usec 5\nnr_periods 100\nnr_throttled 40\nthrottled_usec 9\n");
  const auto periods = quota_periods(fake.files());
  ASSERT_TRUE(periods);
  EXPECT_DOUBLE_EQ(*throttled_between({50, 20}, *periods), 0.4);
  EXPECT_FALSE(throttled_between(*periods, *periods)) << "no period ended";
}

TEST(CpuQuota, ReadsTheOlderHierarchyToo) {
  FakeHost fake;
  fake.write("/proc/self/cgroup", "7:cpuset:/other\n4:cpu,cpuacct:/a/b\n0::/\n");
  fake.write("/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "50000\n");
  fake.write("/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
  EXPECT_DOUBLE_EQ(*cpu_quota(fake.files()), 0.5);
  fake.write("/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  EXPECT_FALSE(cpu_quota(fake.files()));
}

}  // namespace
}  // namespace ringload::health
