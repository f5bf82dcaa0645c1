// The short way through a stream: its events are equal byte for byte but for the generated text, so an event that
// begins and ends like an earlier one, with one valid JSON string between, means the same with another text.
#pragma once
#include <string_view>

#include "ringload/adapter.h"

namespace ringload::protocol {

// Where an event that was read as JSON has its text, if one string is all that it told: no usage, no second string, no
// error, nothing that depends on anything but its bytes.
struct SoleText {
  TextKind kind;
  std::string_view text;  // in the event; not empty: that mostly opens a stream, in an event that does not come again
  // A string in the event that varies and says nothing: OpenAI pads its events with one, so that their size does not
  // betray the text. Without data: there is none.
  std::string_view padding;
};

// Keeps what stands around the text, if the reply lent enough memory; with `reply.framed` also what stands around the
// event. Replaces what was learned before.
void learn(Reply& reply, std::string_view event, const SoleText& sole);

// When `event` is like the learned one, its text is taken and `part` says so; when it is not, false, and nothing has
// changed. 64 readable bytes follow `event`.
bool take_learned(Reply& reply, std::string_view event, ReplyPart& part);

// The same straight from the stream, for all formats: `stream` begins where an event does. Returns how many bytes the
// event took with its framing; 0, and nothing has changed, when it is not like the learned one, not all there, or its
// framing is not known. What is like it holds no line end but those of its framing, so it need not be taken apart into
// lines. 64 readable bytes follow `stream`.
size_t take_learned_frame(Reply& reply, std::string_view stream, ReplyPart& part);

}  // namespace ringload::protocol
