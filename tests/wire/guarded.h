// Memory between two pages that nobody may touch: a parser that reads one byte too far, or before its input, dies.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace ringload::wire {

class Guarded {
 public:
  explicit Guarded(size_t capacity);
  ~Guarded();
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  // A copy of `bytes` whose last byte, `slack` bytes behind it included, is the last that may be read.
  std::span<char> at_end(std::string_view bytes, size_t slack = 0);
  // A copy whose first byte is the first that may be read.
  std::span<char> at_begin(std::string_view bytes);

 private:
  char* map_ = nullptr;
  size_t mapped_ = 0;
  char* begin_ = nullptr;  // what may be touched
  char* end_ = nullptr;
};

}  // namespace ringload::wire
