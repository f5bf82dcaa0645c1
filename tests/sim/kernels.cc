#include "kernels.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "net/address.h"

namespace ringload::test {

KernelUnderTest::KernelUnderTest(const KernelCase& kernel, uint64_t seed) {
  if (kernel.simulated) {
    sim::SimOptions options;
    options.seed = seed;
    if (kernel.baseline) options.features = io::kBaselineFeatures;
    simulated_ = std::make_unique<sim::SimKernel>(options);
  } else if (kernel.baseline) {
    masked_ = io::kAllFeatures & ~io::kBaselineFeatures;
  }
}

KernelUnderTest::~KernelUnderTest() {
  for (const int fd : open_) table().close(table().self, fd);
}

std::unique_ptr<io::Ring> KernelUnderTest::open_ring(io::RingOptions options) {
  options.masked_features |= masked_;
  auto ring = io::Ring::open(table(), options);
  if (!ring) throw std::runtime_error(ring.error());
  if (auto enabled = (*ring)->enable(); !enabled) throw std::runtime_error(enabled.error());
  return std::move(*ring);
}

int KernelUnderTest::listen(int backlog) {
  const net::Address local = *net::Address::parse("127.0.0.1", 0);
  io::SocketSpec spec;
  spec.listen = true;
  spec.backlog = backlog;
  spec.local = &local.base;
  spec.local_size = local.size;
  const int fd = table().socket(table().self, spec);
  if (fd < 0) throw std::runtime_error("cannot listen");
  open_.push_back(fd);
  return fd;
}

uint16_t KernelUnderTest::port_of(int fd) const {
  if (simulated_) return simulated_->port_of(fd);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.sin_port);
}

void KernelUnderTest::close(int fd) {
  std::erase(open_, fd);
  table().close(table().self, fd);
}

}  // namespace ringload::test
