// Appends text to memory whose size the caller has made sufficient: every part of a reply has a known bound (model and
// request id are cut or refused at the door), so running over it is our own mistake, not a peer's.
#pragma once
#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/assert.h"

namespace ringload::mock {

class TextWriter {
 public:
  explicit TextWriter(std::span<char> memory) : begin_(memory.data()), at_(begin_), end_(begin_ + memory.size()) {}

  void text(std::string_view text) {
    RINGLOAD_ASSERT(text.size() <= room());
    if (text.empty()) return;  // its data may be null
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void character(char c) { text({&c, 1}); }
  void number(int64_t value) {
    const auto result = std::to_chars(at_, end_, value);
    RINGLOAD_ASSERT(result.ec == std::errc());
    at_ = result.ptr;
  }
  void decimal(float value) {
    const auto result = std::to_chars(at_, end_, value);
    RINGLOAD_ASSERT(result.ec == std::errc());
    at_ = result.ptr;
  }
  // Leaves `bytes` open, to be filled in later.
  char* skip(size_t bytes) {
    RINGLOAD_ASSERT(bytes <= room());
    char* hole = at_;
    at_ += bytes;
    return hole;
  }

  // Undoes the last `bytes`.
  void take_back(size_t bytes) {
    RINGLOAD_ASSERT(bytes <= size());
    at_ -= bytes;
  }

  char* begin() const { return begin_; }
  char* at() const { return at_; }
  size_t size() const { return static_cast<size_t>(at_ - begin_); }
  size_t room() const { return static_cast<size_t>(end_ - at_); }
  std::span<const char> written() const { return {begin_, at_}; }

 private:
  char* begin_;
  char* at_;
  char* end_;
};

}  // namespace ringload::mock
