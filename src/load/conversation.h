// One conversation: which prompts, how many turns, what each body is, what was answered, and what comes next. A
// fixed-size slot that is used again and again; it never allocates. Everything it draws is a function of
// (seed, scenario, stage, lane, k, turn), so a run can be repeated; UUIDs depend also on service, rank and the run's
// salt.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "load/workload.h"
#include "ringload/adapter.h"

namespace ringload::load {

// In an open stage `lane` and `k` are the schedule's; in a closed one VU and the VU's how-manieth conversation.
struct Identity {
  uint32_t stage = 0;
  uint32_t lane = 0;
  uint64_t k = 0;
  uint32_t service = 0;  // versus: the copies of one conversation differ in this, and so in their UUIDs only
};

class Conversation {
 public:
  Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // Starts a conversation at its first turn. `memory` holds at least plan.conversation_bytes, aligned to 8, and both
  // outlive the conversation.
  void begin(const ScenarioPlan& plan, const Identity& identity, std::span<char> memory);

  // Writes the current turn's body. Its spans stay unchanged until finish_turn() or begin(); may be called again for a
  // resend and gives the same bytes.
  void encode(BodyWriter& out) const;
  // Writes the current turn's head for a body of that many bytes; returns its size, at most plan.head.max_bytes, which
  // is what `out` must hold.
  size_t render_head(std::span<char> out, size_t body_bytes) const;

  // Where the current turn's reply text goes (Reply::text); empty when it is not needed: this is the last turn.
  std::span<char> reply_space() const;
  // The current turn succeeded and its reply left `reply_bytes` in reply_space(). The next turn begins: its think time,
  // from the end of this one; nullopt when this was the last. A failed turn, or a truncated reply, ends the
  // conversation: do not call this then.
  std::optional<Nanos> finish_turn(size_t reply_bytes);

  const ScenarioPlan& plan() const { return *plan_; }
  std::string_view uuid() const { return {uuid_.data(), uuid_.size()}; }
  uint32_t turn() const { return turn_; }               // from 1
  uint32_t turns_total() const { return turns_total_; }
  uint32_t turns_left() const { return turns_total_ - turn_; }  // after the current one
  // Which size bucket the first prompt belongs to (index of the choice; otherwise a bucket of powers of two): results
  // are also segmented by it. 0 when plan().segments is 0.
  uint32_t segment() const { return segment_; }
  // Pause after this conversation, before the VU's next one (closed stages).
  Nanos pause() const;
  // Hexadecimal trace id of `traceparent`, 32 characters: the UUID's digits.
  std::string_view trace_id() const { return uuid(); }

 private:
  static constexpr size_t kInlinePieces = 6;

  void add_user_message();
  size_t piece_room() const;

  const ScenarioPlan* plan_ = nullptr;
  Identity identity_;
  uint64_t seed_ = 0;
  uint32_t turn_ = 0, turns_total_ = 0;
  uint32_t segment_ = 0;
  uint32_t messages_count_ = 0;
  uint32_t pieces_count_ = 0;
  uint32_t replies_size_ = 0;
  std::array<char, kUuidDigits> uuid_{};
  std::array<char, kUuidDigits> request_uuid_{};
  // Single-turn scenarios with few pieces live in the slot; others in the memory given.
  Message inline_message_;
  std::array<std::string_view, kInlinePieces> inline_pieces_;
  Message* messages_ = nullptr;
  std::string_view* pieces_ = nullptr;
  char* turn_uuids_ = nullptr;  // a request's own UUID of each turn, for `{uuid}`
  char* replies_ = nullptr;
  uint32_t replies_capacity_ = 0;
};

}  // namespace ringload::load
