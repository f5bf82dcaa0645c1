// The header fields in which providers tell of their rate limits: x-ratelimit-{limit,remaining,reset}-{requests,tokens}
// (OpenAI and most others), anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset},
// retry-after and retry-after-ms.
#pragma once
#include <cstdint>

#include "codec/http1.h"
#include "ringload/rate_limits.h"

namespace ringload::protocol {

// Adds what the head says to `limits`; what cannot be read says nothing. Returns for how many ms the answer asks to be
// left alone, at most a day; −1: it does not ask.
int64_t read_rate_limits(const codec::ResponseHead& head, RateLimits& limits);

}  // namespace ringload::protocol
