// How messages stand in a body's "messages" array: {"role":…,"content":"…"} for both chat formats.
#pragma once
#include <span>
#include <string_view>

#include "ringload/adapter.h"

namespace ringload::protocol {

// What the body's suffix must begin with: the end of the last message and of the array.
inline constexpr std::string_view kMessagesEnd = "\"}]";

// At least one message; 2 + messages + their pieces spans.
void encode_messages(const BodyTemplate& body, std::span<const Message> messages, BodyWriter& out);

}  // namespace ringload::protocol
