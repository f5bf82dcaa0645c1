// One line of a head: where it ends and what stands in it.
#pragma once
#include "codec/bytes16.h"
#include "codec/char_class.h"
#include "codec/http1.h"

namespace ringload::codec {

// Behind the CRLF or LF at `at`; nullptr when neither is there (or not all of it yet).
inline const char* skip_line_end(const char* at, const char* end) {
  if (at == end) return nullptr;
  if (*at == '\n') return at + 1;
  return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : nullptr;
}

// The first byte in [at, end) that is no token character, or `end`. Names are nearly always letters, digits and '-':
// only these are looked for by vector, the table decides about the rest.
inline const char* skip_token(const char* at, const char* end) {
  while (end - at >= 16) {
    const Bytes16 bytes = load16(at);
    const Mask16 common = ((bytes | 0x20) - 'a' < 26) | (bytes - '0' < 10) | (bytes == '-');
    const unsigned other = ~bits_of(common) & 0xffff;
    if (other == 0) {
      at += 16;
      continue;
    }
    at += first_bit(other);
    if (!is_token(*at)) return at;
    ++at;
  }
  while (at != end && is_token(*at)) ++at;
  return at;
}

// Takes the line whose text is [line, text_end) apart; false when it has no valid name and colon. Bytes up to `end` may
// be read, the one at `text_end` is no token character.
inline bool split_field_line(const char* line, const char* text_end, const char* end, Field& field) {
  const char* const colon = skip_token(line, end);
  if (colon == line || *colon != ':') return false;
  field.name = {line, static_cast<size_t>(colon - line)};
  field.value = trim_blanks({colon + 1, static_cast<size_t>(text_end - colon - 1)});
  return true;
}

// Why the line [line, end), its LF not included, is not well-formed, given that a byte in it is wrong.
Refusal judge_field_line(const char* line, const char* end);

// Joins the lines of a folded field by one space each, in place. They are well-formed, and end where `next` begins.
void join_folded(Field& field, const char* next);

}  // namespace ringload::codec
