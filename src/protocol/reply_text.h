// What generated text does to a reply, the same for every wire format and for both ways of finding it: reading the
// event as JSON, and comparing it with an earlier one (learned_event.h).
#pragma once
#include <string_view>

#include "protocol/json_string.h"
#include "ringload/adapter.h"

namespace ringload::protocol {

// Appends to the text that the next turn is fed: all of `text` or nothing, so that no escape is cut in two, and nothing
// behind a piece that is missing.
void keep_text(Reply& reply, std::string_view text);

// Counts one generated string (escaped, as it stood) towards the reply. An empty one is no token. `plain`: it is known to
// hold no escape.
inline void take_text(Reply& reply, ReplyPart& part, TextKind kind, std::string_view text, bool plain = false) {
  if (text.empty()) return;
  (kind == TextKind::reasoning ? part.reasoning : part.answer) = true;
  if (!reply.visible) reply.visible = !is_white_space(text);
  if (kind != TextKind::text) return;
  reply.text_bytes += plain ? text.size() : unescaped_size(text);
  if (reply.text != nullptr) keep_text(reply, text);
}

// The response's own id: the first that comes stays.
void take_id(Reply& reply, std::string_view id);

}  // namespace ringload::protocol
