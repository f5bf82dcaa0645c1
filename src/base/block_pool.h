// Blocks of memory in size classes, for what has no bounded place of its own: requests being sent, input that a parser
// could not finish, what is learned of a stream. One pool a shard, one thread. All memory is reserved at construction (as
// address space; the kernel commits pages when they are first touched), so taking a block never allocates.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringload {

// A block's memory; empty() when the pool had none. Every block is followed by BlockPool::kSlack readable bytes.
struct Block {
  char* data = nullptr;
  uint32_t size = 0;
  uint8_t size_class = 0;

  bool empty() const { return data == nullptr; }
};

class BlockPool {
 public:
  // Bytes readable behind every block (simdjson reads up to 64 bytes past a document).
  static constexpr size_t kSlack = 64;
  static constexpr unsigned kClasses = 9;

  // 448 bytes, since with the slack that is half a KiB; then 1 KiB, 4 KiB, … 16 MiB.
  static constexpr uint32_t class_size(unsigned size_class) {
    return size_class == 0 ? 448 : 1024u << (2 * (size_class - 1));
  }
  // The smallest class that holds `bytes`, or kClasses when none does.
  static unsigned class_of(size_t bytes);

  // How many blocks of each class exist. Throws std::system_error when the address space cannot be had.
  explicit BlockPool(const std::array<uint32_t, kClasses>& counts);
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A block of at least `bytes`: of the smallest class that has one free. Empty when there is none.
  Block take(size_t bytes);
  // Gives a block back; an empty one is ignored. Leaves `block` empty.
  void give(Block& block);
  // Moves the first `used` bytes to a block of at least `bytes` and gives the old one back. False, with `block`
  // unchanged, when there is none.
  bool grow(Block& block, size_t used, size_t bytes);

  // Blocks in use now, of every class; 0 when all have come back.
  uint64_t taken() const { return taken_; }
  // Address space reserved, bytes.
  size_t reserved() const { return mapped_; }

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  struct Class {
    FreeBlock* free = nullptr;
    char* fresh = nullptr;  // never used so far: carved off in order, so untouched pages stay uncommitted
    uint32_t fresh_left = 0;
  };
  std::array<Class, kClasses> classes_;
  char* base_ = nullptr;
  size_t mapped_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace ringload
