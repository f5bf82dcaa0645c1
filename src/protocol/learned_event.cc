#include "protocol/learned_event.h"

#include <cstring>
#include <limits>

#include "codec/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/reply_text.h"

namespace ringload::protocol {

namespace {

size_t end_of_string(std::string_view text) {
  const size_t end = codec::plain_string_end(text);
  return end == codec::kNotPlain ? string_end(text) : end;
}

bool same(const char* a, const char* b, size_t size) { return std::memcmp(a, b, size) == 0; }

struct FoundText {
  std::string_view text;
  bool plain;  // without escapes
};

// The text in what is like the learned event at the front of `in`, and how far that reaches. `before` and `behind`: how
// many of the learned bytes at either end do not stand there. 0: it is not like it.
inline size_t find_text(const Reply& reply, size_t before, size_t behind, std::string_view in, FoundText& found) {
  const size_t prefix = reply.learned_prefix - before;
  const char* learned = reply.learned + before;
  size_t left = reply.learned_suffix - behind;
  std::string_view rest = in;
  if (rest.size() < prefix + left || !same(rest.data(), learned, prefix)) return 0;
  rest.remove_prefix(prefix);
  learned += prefix;
  size_t size = codec::plain_string_end(rest);
  found.plain = size != codec::kNotPlain;
  if (!found.plain) size = string_end(rest);
  if (size == std::string_view::npos) return 0;
  found.text = {rest.data(), size};
  rest.remove_prefix(size);
  if (const size_t tail = reply.learned_tail; tail != 0) [[unlikely]] {
    const size_t between = reply.learned_suffix - tail;
    if (rest.size() < between || !same(rest.data(), learned, between)) return 0;
    rest.remove_prefix(between);
    learned += between;
    left -= between;
    const size_t padding = end_of_string(rest);
    if (padding == std::string_view::npos) return 0;
    rest.remove_prefix(padding);
  }
  if (rest.size() < left || !same(rest.data(), learned, left)) return 0;
  return in.size() - rest.size() + left;
}

}  // namespace

void learn(Reply& reply, std::string_view event, const SoleText& sole) {
  const std::string_view whole = reply.framed.empty() ? event : reply.framed;
  const char* const behind = sole.text.data() + sole.text.size();
  const char* const end = whole.data() + whole.size();
  const auto prefix = static_cast<size_t>(sole.text.data() - whole.data());
  auto suffix = static_cast<size_t>(end - behind);
  size_t tail = 0;
  if (sole.padding.data() > behind) {
    tail = static_cast<size_t>(end - sole.padding.data()) - sole.padding.size();
    suffix -= sole.padding.size();
  }
  constexpr size_t kMax = std::numeric_limits<uint16_t>::max();
  if (prefix > kMax || suffix > kMax || prefix + suffix > reply.learning_capacity) return;
  std::memcpy(reply.learning, whole.data(), prefix);
  std::memcpy(reply.learning + prefix, behind, suffix - tail);
  std::memcpy(reply.learning + prefix + suffix - tail, end - tail, tail);
  reply.learned = reply.learning;
  reply.learned_prefix = static_cast<uint16_t>(prefix);
  reply.learned_suffix = static_cast<uint16_t>(suffix);
  reply.learned_tail = static_cast<uint16_t>(tail);
  reply.learned_before = static_cast<uint16_t>(event.data() - whole.data());
  reply.learned_behind = static_cast<uint16_t>(end - event.data() - event.size());
  reply.learned_kind = sole.kind;
}

bool take_learned(Reply& reply, std::string_view event, ReplyPart& part) {
  if (reply.learned_prefix == 0) return false;
  FoundText found;
  const size_t size = find_text(reply, reply.learned_before, reply.learned_behind, event, found);
  if (size == 0 || size != event.size()) return false;
  take_text(reply, part, reply.learned_kind, found.text, found.plain);
  return true;
}

size_t take_learned_frame(Reply& reply, std::string_view stream, ReplyPart& part) {
  if (reply.learned_behind == 0) return 0;
  FoundText found;
  const size_t size = find_text(reply, 0, 0, stream, found);
  if (size != 0) take_text(reply, part, reply.learned_kind, found.text, found.plain);
  return size;
}

}  // namespace ringload::protocol
