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

#include "base/prng.h"
#include "base/time.h"
#include "load/dataset_record.h"
#include "load/workload.h"
#include "ringload/adapter.h"

namespace ringload::load {

// In an open stage `lane` and `k` are the schedule's; in a closed one VU and the VU's how-manieth conversation. `lanes`
// is how many there are: k · lanes + lane numbers a stage's conversations, for content that is taken in order.
struct Identity {
  uint32_t stage = 0;
  uint32_t lane = 0;
  uint64_t k = 0;
  uint32_t service = 0;  // versus: the copies of one conversation differ in this, and so in their UUIDs only
  uint32_t lanes = 960;
};

class Conversation {
 public:
  static constexpr size_t kInlinePieces = 6;  // a single turn of so few pieces needs no memory

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
  std::string_view uuid() const { return {spaced_uuid_.data() + 1, kUuidDigits}; }
  uint32_t turn() const { return turn_; }               // from 1
  uint32_t turns_total() const { return turns_total_; }
  uint32_t turns_left() const { return turns_total_ - turn_; }  // after the current one
  // The size of the current turn's prompt as an index in plan().segments: results are also shown by it. 0 when there
  // are none.
  uint32_t segment() const { return segment_; }
  // Pause after this conversation, before the VU's next one (closed stages).
  Nanos pause() const;
  // Hexadecimal trace id of `traceparent`, 32 characters: the UUID's digits.
  std::string_view trace_id() const { return uuid(); }

 private:
  void add_user_message();
  void add_prompt(Prng& prng);
  void add_sized(Prng& prng);
  void add_recorded();
  void add_piece(std::string_view text);

  const ScenarioPlan* plan_ = nullptr;
  uint64_t seed_ = 0, uuid_seed_ = 0;  // of this conversation
  uint32_t turn_ = 0, turns_total_ = 0;
  uint32_t segment_ = 0;
  uint32_t messages_count_ = 0, pieces_count_ = 0;
  uint64_t text_bytes_ = 0;    // dataset: of all messages so far
  DatasetRecord record_;       // dataset: what of the line has not been used yet
  uint32_t replies_size_ = 0, replies_capacity_ = 0;
  std::array<char, kUuidDigits + 2> spaced_uuid_{};  // with a space on either side
  // Where the parts lie: in the slot for a single turn of few pieces, else in the memory that was lent.
  Message* messages_ = nullptr;
  std::string_view* pieces_ = nullptr;
  char* turn_uuids_ = nullptr;  // the request's own UUID of each turn, for `{uuid}`
  char* replies_ = nullptr;
  Message inline_message_;
  std::array<std::string_view, kInlinePieces> inline_pieces_;
};

// The parts of a conversation's memory, in order; Workload plans it, Conversation uses it.
struct ConversationLayout {
  size_t messages = 0, pieces = 0, uuids = 0, replies = 0, total = 0;  // offsets, and the sum

  static ConversationLayout of(uint32_t max_turns, uint32_t message_pieces, bool request_uuids, size_t reply_bytes,
                               uint32_t reply_pieces = 1);
};

}  // namespace ringload::load
