// The `usage` object of a reply, in both families of names.
#pragma once
#include "protocol/json_cursor.h"
#include "ringload/adapter.h"

namespace ringload::protocol {

// Reads one value into `tokens`: what it tells replaces what was told before, what it leaves out stays. False if it is
// no object (`"usage": null`). OpenAI's names win over Anthropic's, which some gateways use in OpenAI's place.
//
// `prompt` is all that was read, cached or not: OpenAI's prompt_tokens, or Anthropic's input_tokens plus what it counts
// apart as read from and written to the cache.
bool read_usage(JsonCursor& in, Tokens& tokens);

}  // namespace ringload::protocol
