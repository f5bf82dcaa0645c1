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

}  // namespace

void learn(Reply& reply, std::string_view event, const SoleText& sole) {
  const char* const behind = sole.text.data() + sole.text.size();
  const char* const end = event.data() + event.size();
  const auto prefix = static_cast<size_t>(sole.text.data() - event.data());
  auto suffix = static_cast<size_t>(end - behind);
  size_t tail = 0;
  if (sole.padding.data() > behind) {
    tail = static_cast<size_t>(end - sole.padding.data()) - sole.padding.size();
    suffix -= sole.padding.size();
  }
  constexpr size_t kMax = std::numeric_limits<uint16_t>::max();
  if (prefix > kMax || suffix > kMax || prefix + suffix > reply.learned_capacity) return;
  std::memcpy(reply.learned, event.data(), prefix);
  std::memcpy(reply.learned + prefix, behind, suffix - tail);
  std::memcpy(reply.learned + prefix + suffix - tail, end - tail, tail);
  reply.learned_prefix = static_cast<uint16_t>(prefix);
  reply.learned_suffix = static_cast<uint16_t>(suffix);
  reply.learned_tail = static_cast<uint16_t>(tail);
  reply.learned_kind = sole.kind;
}

bool take_learned(Reply& reply, std::string_view event, ReplyPart& part) {
  const size_t prefix = reply.learned_prefix, tail = reply.learned_tail;
  if (prefix == 0 || event.size() < prefix || !same(event.data(), reply.learned, prefix)) return false;
  std::string_view rest = event.substr(prefix);
  size_t size = codec::plain_string_end(rest);
  const bool plain = size != codec::kNotPlain;
  if (!plain) size = string_end(rest);
  if (size == std::string_view::npos) return false;
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(size);
  const char* learned = reply.learned + prefix;
  if (tail != 0) {
    const size_t between = reply.learned_suffix - tail;
    if (rest.size() < between || !same(rest.data(), learned, between)) return false;
    learned += between;
    rest.remove_prefix(between);
    const size_t padding = end_of_string(rest);
    if (padding == std::string_view::npos) return false;
    rest.remove_prefix(padding);
  }
  const size_t last = tail != 0 ? tail : reply.learned_suffix;
  if (rest.size() != last || !same(rest.data(), learned, last)) return false;
  take_text(reply, part, reply.learned_kind, text, plain);
  return true;
}

}  // namespace ringload::protocol
