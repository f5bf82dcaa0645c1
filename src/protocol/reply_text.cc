#include "protocol/reply_text.h"

#include <algorithm>
#include <cstring>

#include "protocol/json_string.h"

namespace ringload::protocol {
namespace {

// All of `text` or nothing, so that no escape is cut in two; and nothing behind a piece that is missing.
void keep(Reply& reply, std::string_view text) {
  if (reply.text == nullptr || reply.text_truncated) return;
  if (text.size() > reply.text_capacity - reply.text_size) {
    reply.text_truncated = true;
    return;
  }
  std::memcpy(reply.text + reply.text_size, text.data(), text.size());
  reply.text_size += static_cast<uint32_t>(text.size());
}

}  // namespace

void take_text(Reply& reply, ReplyPart& part, TextKind kind, std::string_view text) {
  if (text.empty()) return;
  (kind == TextKind::reasoning ? part.reasoning : part.answer) = true;
  if (!reply.visible) reply.visible = !is_white_space(text);
  if (kind != TextKind::text) return;
  reply.text_bytes += text.size();
  keep(reply, text);
}

void take_id(Reply& reply, std::string_view id) {
  if (reply.id[0] != 0 || id.empty()) return;
  const size_t size = std::min(id.size(), sizeof(reply.id) - 1);
  std::memcpy(reply.id, id.data(), size);
  reply.id[size] = 0;
}

}  // namespace ringload::protocol
