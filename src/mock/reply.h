// One answer to a generating request: what every API renders in its own words.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "mock/completion_request.h"

namespace ringload::mock {

// Unique per answer: 16 hexadecimal digits.
struct ReplyId {
  std::array<char, 16> digits;
  std::string_view text() const { return {digits.data(), digits.size()}; }
  // Different numbers give different ids, which do not look like a sequence.
  static ReplyId of(uint64_t number);
};

struct Reply {
  CompletionRequest request;
  ReplyId id;
  int64_t created = 0;         // Unix seconds
  uint32_t output_tokens = 0;  // of each choice
  bool cut = false;            // max_tokens ended it
  bool stamped = false;        // each event tells when it was sent: `sent_ns`
  Nanos sent_ns = 0;           // of the event being written; CLOCK_MONOTONIC

  // Content events of a stream, and completion tokens of the usage.
  uint32_t events() const { return output_tokens * request.inputs; }
};

}  // namespace ringload::mock
