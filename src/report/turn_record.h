// One turn on its way from a shard to the JSONL: plain values of fixed size, so that a shard only copies them. The few
// that failed have their texts in a record of their own.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ringload/outcome.h"

namespace ringload::report {

struct TurnRecord {
  Outcome outcome;
  uint32_t stage = 0;         // from 1
  uint32_t turn = 0;          // from 1
  uint32_t turns_total = 0;
  uint32_t content_bytes = 0; // of the answer's text, in UTF-8
  bool retried = false;       // another try of the same turn follows
  bool has_texts = false;     // a TurnTexts record follows in its queue
  uint8_t response_id_size = 0, trace_id_size = 0;
  std::array<char, 32> uuid;
  std::array<char, 64> response_id;
  std::array<char, 64> trace_id;
};

struct TurnTexts {
  uint16_t detail_size = 0, body_size = 0;
  std::array<char, 120> detail;  // why it failed
  std::array<char, 600> body;    // the beginning of the body that said so
};

// What a record names by number, rendered as JSON once.
struct TurnNames {
  struct Scenario {
    std::string name, protocol, target;  // JSON strings, quotes included
  };
  struct Stage {
    std::string concurrency, rate;  // JSON numbers, or null
  };
  std::vector<Scenario> scenarios;
  std::vector<Stage> stages;        // [0] is stage 1
  int64_t unix_offset_ns = 0;       // wall clock − the run's clock
};

inline constexpr size_t kMaxTurnLine = 8192;

// Writes one line of JSON with its newline; returns its size. `out` holds at least kMaxTurnLine bytes beyond what the
// names need. texts: null when has_texts is false.
size_t format_turn(const TurnRecord& record, const TurnTexts* texts, const TurnNames& names, std::span<char> out);

}  // namespace ringload::report
