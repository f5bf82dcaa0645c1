#include "load/conversation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.h"
#include "load/head_template.h"
#include "load/random_duration.h"

namespace ringload::load {
namespace {

// Purposes of draws, so that no two share a sequence. Turns count from 1.
enum : uint64_t { kTurns = 1, kPrompt = 2, kThink = 3, kPause = 4, kRequestUuid = 5, kParentId = 6, kRecord = 7 };

constexpr std::array<char, 200> make_digit_pairs() {
  std::array<char, 200> pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kDigitPairs = make_digit_pairs();

// 16 digits of a number below 10^16.
void write_digits(uint64_t value, char* out) {
  for (int at = 14; at >= 0; at -= 2) {
    std::memcpy(out + at, &kDigitPairs[2 * (value % 100)], 2);
    value /= 100;
  }
}

// A version-4 UUID without hyphens whose every digit is decimal: version 4, variant 8 or 9, the other 30 random.
void write_uuid(Prng& prng, char* out) {
  constexpr uint64_t kTenTo16 = 10'000'000'000'000'000;
  write_digits(prng.below(kTenTo16), out);
  write_digits(prng.below(kTenTo16), out + 16);
  out[12] = '4';
  out[16] = static_cast<char>('8' + (prng.next() >> 63));
}

size_t write_number(size_t value, char* out) {
  char digits[20];
  size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
  } while ((value /= 10) != 0);
  std::reverse_copy(digits, digits + count, out);
  return count;
}

void write_hex(uint64_t value, char* out) {
  for (int i = 15; i >= 0; --i, value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

}  // namespace

ConversationLayout ConversationLayout::of(uint32_t max_turns, uint32_t message_pieces, bool request_uuids,
                                          size_t reply_bytes, uint32_t reply_pieces) {
  ConversationLayout layout;
  const size_t turns = max_turns;
  layout.pieces = turns > 1 ? (2 * turns - 1) * sizeof(Message) : 0;
  const bool pieces_inline = turns == 1 && message_pieces <= Conversation::kInlinePieces;
  const size_t pieces = pieces_inline ? 0 : turns * message_pieces + (turns - 1) * reply_pieces;
  layout.uuids = layout.pieces + pieces * sizeof(std::string_view);
  layout.replies = layout.uuids + (request_uuids ? turns * kUuidDigits : 0);
  layout.total = layout.replies + reply_bytes;
  return layout;
}

void Conversation::begin(const ScenarioPlan& plan, const Identity& identity, std::span<char> memory) {
  RINGLOAD_ASSERT(memory.size() >= plan.conversation_bytes);
  plan_ = &plan;
  seed_ = seed_of(plan.seed, identity.stage, identity.lane, identity.k);
  uuid_seed_ = seed_of(plan.uuid_seed, identity.stage, identity.lane, identity.k, identity.service);
  const Turns& turns = plan.scenario->turns;
  turns_total_ = static_cast<uint32_t>(turns.min);
  if (plan.dataset != nullptr) {
    const uint64_t order = seed_of(plan.seed, uint64_t{kRecord}, identity.stage);
    const size_t record = plan.dataset->pick(order, identity.k * identity.lanes + identity.lane);
    record_ = DatasetRecord(plan.dataset->line(record));
    turns_total_ = std::min(plan.dataset->turns(record), plan.max_turns);
    text_bytes_ = 0;
  } else if (turns.max > turns.min) {
    turns_total_ += static_cast<uint32_t>(Prng(seed_of(seed_, uint64_t{kTurns})).below(turns.max - turns.min + 1));
  }
  spaced_uuid_.front() = spaced_uuid_.back() = ' ';
  Prng uuid_prng(uuid_seed_);
  write_uuid(uuid_prng, spaced_uuid_.data() + 1);

  const ConversationLayout layout =
      ConversationLayout::of(plan.max_turns, plan.max_message_pieces, plan.request_uuids, 0, plan.reply_pieces);
  messages_ = plan.max_turns > 1 ? reinterpret_cast<Message*>(memory.data() + layout.messages) : &inline_message_;
  pieces_ = layout.uuids > layout.pieces ? reinterpret_cast<std::string_view*>(memory.data() + layout.pieces)
                                         : inline_pieces_.data();
  turn_uuids_ = memory.data() + layout.uuids;
  replies_ = memory.data() + layout.replies;
  replies_capacity_ = static_cast<uint32_t>(plan.conversation_bytes - layout.replies);
  replies_size_ = messages_count_ = pieces_count_ = segment_ = 0;
  turn_ = 1;
  add_user_message();
}

void Conversation::add_piece(std::string_view text) {
  if (!text.empty()) pieces_[pieces_count_++] = text;
}

void Conversation::add_user_message() {
  const uint32_t first = pieces_count_;
  Prng prng(seed_of(seed_, uint64_t{kPrompt}, turn_));
  if (plan_->dataset != nullptr) add_recorded();
  else if (plan_->prompts.empty()) add_sized(prng);
  else add_prompt(prng);
  messages_[messages_count_++] = {Role::user, {pieces_ + first, pieces_count_ - first}};
}

void Conversation::add_prompt(Prng& prng) {
  const bool scripted = plan_->scenario->content.mode == ContentMode::scripted;
  const size_t count = plan_->prompts.size();
  const PromptTemplate& prompt = plan_->prompts[scripted ? (turn_ - 1) % count : prng.below(count)];
  const std::string_view spaced(spaced_uuid_.data(), spaced_uuid_.size());
  if (turn_ == 1 && plan_->uuid_place == UuidPlace::front) add_piece(spaced.substr(1));
  std::string_view own;
  if (prompt.holes() > 0) {
    char* digits = turn_uuids_ + (turn_ - 1) * kUuidDigits;
    Prng uuid_prng(seed_of(uuid_seed_, uint64_t{kRequestUuid}, turn_));
    write_uuid(uuid_prng, digits);
    own = {digits, kUuidDigits};
  }
  bool first = true;
  for (const std::string& text : prompt.texts) {
    if (!first) add_piece(own);
    first = false;
    add_piece(text);
  }
  if (turn_ == 1 && plan_->uuid_place == UuidPlace::behind) add_piece(spaced.substr(0, kUuidDigits + 1));
}

void Conversation::add_recorded() {
  const uint32_t first = pieces_count_;
  const std::string_view spaced(spaced_uuid_.data(), spaced_uuid_.size());
  const UuidPlace place = turn_ == 1 ? plan_->uuid_place : UuidPlace::none;
  if (place == UuidPlace::front) add_piece(spaced.substr(1));
  if (record_.next_is(DatasetRecord::Who::user)) {
    const size_t room = plan_->max_message_pieces - (pieces_count_ - first) - (place == UuidPlace::behind);
    pieces_count_ += static_cast<uint32_t>(record_.take({pieces_ + pieces_count_, room}));
  } else {
    add_piece("-");  // somebody has changed the file
  }
  if (place == UuidPlace::behind) add_piece(spaced.substr(0, kUuidDigits + 1));
  for (uint32_t i = first; i < pieces_count_; ++i) text_bytes_ += pieces_[i].size();
  const auto tokens = static_cast<uint64_t>(std::max(1.0, static_cast<double>(text_bytes_) / kBytesPerToken + 0.5));
  const auto lowest = static_cast<uint64_t>(plan_->segments.front().from);
  segment_ = tokens < lowest ? 0 : static_cast<uint32_t>(std::bit_width(tokens) - std::bit_width(lowest));
  segment_ = std::min(segment_, static_cast<uint32_t>(plan_->segments.size() - 1));
}

void Conversation::add_sized(Prng& prng) {
  const SizeDistribution& size = plan_->scenario->content.size;
  int64_t tokens = size.tokens;
  if (size.kind == SizeDistribution::Kind::normal) {
    const double drawn = size.mean + size.stdev * prng.normal();
    tokens = std::llround(std::clamp(drawn, static_cast<double>(size.min), static_cast<double>(size.max)));
  } else if (size.kind == SizeDistribution::Kind::choices) {
    const std::vector<double>& sums = plan_->cumulative_choice;
    const auto found = std::upper_bound(sums.begin(), sums.end(), prng.uniform() * sums.back());
    segment_ = static_cast<uint32_t>(std::min<ptrdiff_t>(found - sums.begin(), std::ssize(sums) - 1));
    tokens = size.choices[segment_].tokens;
  }
  const Corpus& corpus = *plan_->corpus;
  const auto add_words = [&](size_t from, int64_t count) {
    if (count <= 0) return;
    pieces_count_ += static_cast<uint32_t>(corpus.window(
        from, static_cast<size_t>(count), {pieces_ + pieces_count_, corpus.spans_needed(static_cast<size_t>(count))}));
  };
  const std::string_view spaced(spaced_uuid_.data(), spaced_uuid_.size());
  const UuidPlace place = turn_ == 1 ? plan_->uuid_place : UuidPlace::none;
  const auto uuid_tokens = static_cast<int64_t>(kUuidTokens);
  if (place == UuidPlace::front) {
    add_piece(spaced.substr(1, kUuidDigits));
    tokens -= uuid_tokens;
  } else if (place == UuidPlace::behind_shared) {
    // The space before digits is a token of its own.
    tokens -= uuid_tokens + 1;
    const int64_t shared = std::max<int64_t>(tokens / 2, 0);
    add_words(plan_->shared_first_word, shared);
    add_piece(spaced.substr(0, kUuidDigits + 1));
    tokens -= shared;
  }
  // A prompt is never empty, however small.
  if (place == UuidPlace::none) tokens = std::max<int64_t>(tokens, 1);
  add_words(prng.below(corpus.words()), tokens);
}

void Conversation::encode(BodyWriter& out) const {
  plan_->adapter->encode(plan_->body, {messages_, messages_count_}, out);
}

size_t Conversation::render_head(std::span<char> out, size_t body_bytes) const {
  RINGLOAD_ASSERT(out.size() >= plan_->head.max_bytes);
  char* at = out.data();
  const auto put = [&](std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  };
  for (const HeadTemplate::Part& part : plan_->head.parts) {
    put(part.text);
    if (part.hole == HeadTemplate::Hole::traceparent) put("00-");
    put(uuid());
    if (part.hole == HeadTemplate::Hole::traceparent) {
      put("-");
      write_hex(seed_of(uuid_seed_, uint64_t{kParentId}, turn_) | 1, at);  // all zero is no parent
      at += 16;
      put("-01");
    }
  }
  put(plan_->head.tail);
  at += write_number(body_bytes, at);
  put("\r\n\r\n");
  return static_cast<size_t>(at - out.data());
}

std::span<char> Conversation::reply_space() const {
  if (turn_ >= turns_total_ || plan_->replay_recorded) return {};
  return {replies_ + replies_size_, replies_capacity_ - replies_size_};
}

std::optional<Nanos> Conversation::finish_turn(size_t reply_bytes) {
  if (turn_ >= turns_total_) return std::nullopt;
  RINGLOAD_ASSERT(reply_bytes <= replies_capacity_ - replies_size_);
  const uint32_t first = pieces_count_;
  const bool recorded = plan_->dataset != nullptr && record_.next_is(DatasetRecord::Who::assistant);
  if (plan_->replay_recorded) {
    if (recorded) pieces_count_ += static_cast<uint32_t>(record_.take({pieces_ + first, plan_->reply_pieces}));
  } else {
    if (recorded) record_.take({});
    pieces_[pieces_count_++] = {replies_ + replies_size_, reply_bytes};
    replies_size_ += static_cast<uint32_t>(reply_bytes);
  }
  messages_[messages_count_++] = {Role::assistant, {pieces_ + first, pieces_count_ - first}};
  for (uint32_t i = first; i < pieces_count_; ++i) text_bytes_ += pieces_[i].size();
  Prng prng(seed_of(seed_, uint64_t{kThink}, turn_));
  const Nanos think = draw_duration(plan_->scenario->think_time, prng);
  ++turn_;
  add_user_message();
  return think;
}

Nanos Conversation::pause() const {
  Prng prng(seed_of(seed_, uint64_t{kPause}));
  return draw_duration(plan_->scenario->pause, prng);
}

}  // namespace ringload::load
