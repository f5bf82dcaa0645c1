// The short way through a stream: its events are equal byte for byte but for the generated text, so an event that
// begins and ends like an earlier one, with one valid JSON string between, means the same with another text.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "ringload/adapter.h"

namespace ringload::protocol {

// Where an event that was read as JSON has its text, if one string is all that it told: no usage, no second string, no
// error, nothing that depends on anything but its bytes.
struct SoleText {
  TextKind kind;
  std::string_view text;  // in the event
};

// Keeps what stands before and behind the text, if the reply lent enough memory. Replaces what was learned before.
void learn(Reply& reply, std::string_view event, const SoleText& sole);

// The part, when `event` is like the learned one; its text has then been taken. 64 readable bytes follow `event`.
std::optional<ReplyPart> take_learned(Reply& reply, std::string_view event);

}  // namespace ringload::protocol
