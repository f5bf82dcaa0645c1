// What generated text does to a reply, the same for every wire format and for both ways of finding it: reading the
// event as JSON, and comparing it with an earlier one (learned_event.h).
#pragma once
#include <string_view>

#include "ringload/adapter.h"

namespace ringload::protocol {

// Counts one generated string (escaped, as it stood) towards the reply. An empty one is no token.
void take_text(Reply& reply, ReplyPart& part, TextKind kind, std::string_view text);

// The response's own id: the first that comes stays.
void take_id(Reply& reply, std::string_view id);

}  // namespace ringload::protocol
