#include "base/block_pool.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/assert.h"

namespace ringload {

unsigned BlockPool::class_of(size_t bytes) {
  unsigned size_class = 0;
  while (size_class < kClasses && class_size(size_class) < bytes) ++size_class;
  return size_class;
}

BlockPool::BlockPool(const std::array<uint32_t, kClasses>& counts) {
  for (unsigned c = 0; c < kClasses; ++c) mapped_ += size_t{counts[c]} * (class_size(c) + kSlack);
  if (mapped_ == 0) return;
  void* memory = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "reserving the block pool");
  base_ = static_cast<char*>(memory);
  char* next = base_;
  for (unsigned c = 0; c < kClasses; ++c) {
    classes_[c].fresh = next;
    classes_[c].fresh_left = counts[c];
    next += size_t{counts[c]} * (class_size(c) + kSlack);
  }
}

BlockPool::~BlockPool() {
  if (base_ != nullptr) ::munmap(base_, mapped_);
}

Block BlockPool::take(size_t bytes) {
  for (unsigned c = class_of(bytes); c < kClasses; ++c) {
    Class& cls = classes_[c];
    char* data = nullptr;
    if (cls.free != nullptr) {
      data = reinterpret_cast<char*>(cls.free);
      cls.free = cls.free->next;
    } else if (cls.fresh_left > 0) {
      data = cls.fresh;
      cls.fresh += class_size(c) + kSlack;
      --cls.fresh_left;
    } else {
      continue;
    }
    ++taken_;
    return {data, class_size(c), static_cast<uint8_t>(c)};
  }
  return {};
}

void BlockPool::give(Block& block) {
  if (block.empty()) return;
  RINGLOAD_ASSERT(block.data >= base_ && block.data < base_ + mapped_ && taken_ > 0);
  auto* head = reinterpret_cast<FreeBlock*>(block.data);
  head->next = classes_[block.size_class].free;
  classes_[block.size_class].free = head;
  --taken_;
  block = {};
}

bool BlockPool::grow(Block& block, size_t used, size_t bytes) {
  Block larger = take(bytes);
  if (larger.empty()) return false;
  if (used > 0) std::memcpy(larger.data, block.data, used);
  give(block);
  block = larger;
  return true;
}

}  // namespace ringload
