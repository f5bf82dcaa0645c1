// A slot that carries one conversation, one request at a time: what is sent, what came back and when. Slots are made
// once and used for the whole run.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/block_pool.h"
#include "base/time.h"
#include "codec/sse.h"
#include "io/timer_wheel.h"
#include "load/conversation.h"
#include "net/client.h"
#include "ringload/adapter.h"
#include "ringload/outcome.h"

namespace ringload::engine {

struct Exchange;

struct ExchangeTimer : io::Timer {
  Exchange* owner = nullptr;
};

inline constexpr uint32_t kNoSegment = UINT32_MAX;

enum class ExchangeState : uint8_t {
  idle,       // carries nothing
  waiting,    // until the next turn or conversation is due
  in_flight,  // a request is on its way
  ended,      // its fate is known; the kernel may still read its bytes
};

// What a response's body is read as.
enum class BodyMode : uint8_t {
  drop,   // counted only; the first bytes are kept when somebody wants them
  json,   // one document
  events  // server-sent events
};

struct Exchange : net::Request {
  uint32_t index = 0;
  ExchangeState state = ExchangeState::idle;
  uint8_t stage_slot = 0;       // which of the shard's recordings it belongs to; kClosedSlot: none any more
  uint32_t stage_number = 0;    // as reported; 0: preflight
  BodyMode body_mode = BodyMode::drop;
  bool terminal = false;        // the stream's terminal event has come
  bool cancelled = false;       // by the run, not by the target
  ExchangeTimer timer;          // state waiting: when it is due; in_flight: when it times out
  Nanos intended_next = 0;      // when waiting
  const load::ScenarioPlan* plan = nullptr;
  load::Conversation conversation;
  std::span<char> memory;       // of the conversation; whole run
  Outcome outcome;
  uint32_t segment = kNoSegment;  // of the workload's segments: the size of the present turn's prompt
  Reply reply;
  codec::SseParser sse;
  Block request_block;          // head and body, or head and iovecs
  Block tail;                   // what the body's reader could not finish
  Block learned;                // bytes that the adapter learned of this stream
  uint32_t tail_size = 0;
  uint64_t body_expected = 0;   // bytes of an unstreamed body, when its length was told; else 0
  uint64_t body_seen = 0;
  // For reports: why it failed, and the beginning of the body that said so.
  std::array<char, 120> detail;
  uint8_t detail_size = 0;
  std::array<char, 64> trace_id;
  uint8_t trace_id_size = 0;
  Block error_body;
  uint32_t error_body_size = 0;
  bool reply_truncated = false;
  // Tries beyond the first (`retry` of the profile).
  uint32_t retries = 0;         // of the present turn, so far
  bool retrying = false;        // this try has failed, and another follows
  Nanos retry_after = -1;       // as the response asked for; −1: it did not
  // What the BoundCounter knows of the present turn.
  bool judged = false;          // the window of a block intended it
  uint8_t bounds_done = 0, bounds_met = 0;  // a bit for each bound
  Nanos gap_limit = kNever;
  uint32_t gaps_over = 0, gaps_seen = 0;
  // The virtual user that it serves (closed stages).
  uint32_t vu = 0;
  uint64_t conversations = 0;

  void set_detail(std::string_view text) {
    detail_size = static_cast<uint8_t>(text.size() < detail.size() ? text.size() : detail.size());
    for (unsigned i = 0; i < detail_size; ++i) detail[i] = text[i];
  }
  std::string_view detail_text() const { return {detail.data(), detail_size}; }
};

}  // namespace ringload::engine
