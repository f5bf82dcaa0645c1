// How a response's body is framed (RFC 9112 section 6.3) and whether its connection lives on (section 9.3).
#pragma once
#include "codec/http1.h"

namespace ringload::codec {

// Sets framing, content_length and keep_alive of a head whose status and fields are known.
Refusal decide_framing(ResponseHead& head, bool http_1_1, bool head_request);

}  // namespace ringload::codec
