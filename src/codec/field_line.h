// One line of a head: where it ends and what stands in it.
#pragma once
#include "codec/http1.h"

namespace ringload::codec {

// The first byte in [at, end) that is_text() refuses, or `end`.
const char* skip_text(const char* at, const char* end);

// Behind the CRLF or LF at `at`; nullptr when neither is there (or not all of it yet).
inline const char* skip_line_end(const char* at, const char* end) {
  if (at == end) return nullptr;
  if (*at == '\n') return at + 1;
  return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : nullptr;
}

// Reads the field line that begins at `line`. Returns the begin of the next one; nullptr when this one is not complete
// or not well-formed.
const char* read_field_line(const char* line, const char* end, Field& field);

// Reads a line that continues the field before it (obs-fold). The same.
const char* read_continuation(const char* line, const char* end, std::string_view& text);

// Why the line [line, end), its LF not included, is neither a field line nor a continuation.
Refusal judge_field_line(const char* line, const char* end);

}  // namespace ringload::codec
