#include <sys/mman.h>

#include <new>

#include "ringload/metrics.h"

namespace ringload {

// Small pages on purpose: a histogram touches a few of its pages only, and a transparent huge page would make each
// recorder resident in full.
CountBlock::CountBlock(size_t counts) : size_(counts) {
  if (counts == 0) return;
  const size_t bytes = counts * sizeof(uint64_t);
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  madvise(memory, bytes, MADV_NOHUGEPAGE);  // only advice: kernels without huge pages refuse it
  counts_ = static_cast<uint64_t*>(memory);
}

CountBlock::~CountBlock() {
  if (counts_ != nullptr) munmap(counts_, size_ * sizeof(uint64_t));
}

}  // namespace ringload
