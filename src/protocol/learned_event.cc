#include "protocol/learned_event.h"

#include <cstring>
#include <limits>

#include "codec/json_scan.h"
#include "protocol/json_string.h"
#include "protocol/reply_text.h"

namespace ringload::protocol {

void learn(Reply& reply, std::string_view event, const SoleText& sole) {
  // An empty text mostly opens the stream, in an event that does not come again.
  if (sole.text.empty()) return;
  const size_t prefix = static_cast<size_t>(sole.text.data() - event.data());
  const size_t suffix = event.size() - prefix - sole.text.size();
  constexpr size_t kMax = std::numeric_limits<uint16_t>::max();
  if (prefix > kMax || suffix > kMax || prefix + suffix > reply.learned_capacity) return;
  std::memcpy(reply.learned, event.data(), prefix);
  std::memcpy(reply.learned + prefix, event.data() + event.size() - suffix, suffix);
  reply.learned_prefix = static_cast<uint16_t>(prefix);
  reply.learned_suffix = static_cast<uint16_t>(suffix);
  reply.learned_kind = sole.kind;
}

std::optional<ReplyPart> take_learned(Reply& reply, std::string_view event) {
  const size_t prefix = reply.learned_prefix, suffix = reply.learned_suffix;
  if (prefix == 0 || event.size() < prefix + suffix) return std::nullopt;
  if (std::memcmp(event.data(), reply.learned, prefix) != 0) return std::nullopt;
  const size_t size = event.size() - prefix - suffix;
  const char* behind = event.data() + prefix + size;
  if (std::memcmp(behind, reply.learned + prefix, suffix) != 0) return std::nullopt;
  // The suffix begins with the quote that closes the text; another quote before it would be other JSON.
  const std::string_view rest = event.substr(prefix);
  size_t end = codec::plain_string_end(rest);
  if (end == codec::kNotPlain) end = string_end(rest);
  if (end != size) return std::nullopt;
  ReplyPart part;
  take_text(reply, part, reply.learned_kind, rest.substr(0, size));
  return part;
}

}  // namespace ringload::protocol
