// The kernels that one suite runs on: Linux and the simulated one, each as it is and as a 6.1 kernel would be.
#pragma once
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "io/kernel.h"
#include "io/ring.h"
#include "sim/sim_kernel.h"

namespace ringload::test {

struct KernelCase {
  const char* name;
  bool simulated;
  bool baseline;  // without what is newer than 6.1
};
inline constexpr KernelCase kKernelCases[] = {
    {"linux", false, false}, {"linux_6_1", false, true}, {"simulated", true, false}, {"simulated_6_1", true, true}};
inline std::ostream& operator<<(std::ostream& out, const KernelCase& kernel) { return out << kernel.name; }
inline std::string case_name(const auto& info) { return info.param.name; }

// One kernel for one test.
class KernelUnderTest {
 public:
  explicit KernelUnderTest(const KernelCase& kernel, uint64_t seed = 1);

  const io::Kernel& table() const { return simulated_ ? simulated_->table() : io::linux_kernel(); }
  sim::SimKernel* simulated() { return simulated_.get(); }
  std::unique_ptr<io::Ring> open_ring(io::RingOptions options = {});
  // A socket that listens on 127.0.0.1, at a port of the kernel's choice; closed with this object.
  int listen(int backlog = 1024);
  uint16_t port_of(int fd) const;
  void close(int fd);
  Nanos now() const { return table().now(table().self); }

  ~KernelUnderTest();

 private:
  std::unique_ptr<sim::SimKernel> simulated_;
  uint32_t masked_ = 0;
  std::vector<int> open_;
};

}  // namespace ringload::test
