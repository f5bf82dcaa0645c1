#include "protocol/chat_messages.h"

#include "base/assert.h"

namespace ringload::protocol {

void encode_messages(const BodyTemplate& body, std::span<const Message> messages, BodyWriter& out) {
  RINGLOAD_ASSERT(!messages.empty());
  out.text(body.prefix);
  bool first = true;
  for (const Message& message : messages) {
    // One span closes a message and opens the next.
    const std::string_view open = message.role == Role::user ? "\"},{\"role\":\"user\",\"content\":\""
                                                             : "\"},{\"role\":\"assistant\",\"content\":\"";
    out.text(first ? open.substr(3) : open);
    first = false;
    for (const std::string_view piece : message.pieces) out.text(piece);
  }
  out.text(body.suffix);
}

}  // namespace ringload::protocol
