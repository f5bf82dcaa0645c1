#include "codec/field_line.h"

#include "codec/bytes16.h"
#include "codec/char_class.h"

namespace ringload::codec {
namespace {

// The first byte in [at, end) that is no token character, or `end`. Names are letters, digits and '-' as good as always:
// only these are looked for by vector, the table decides about the rest.
const char* skip_token(const char* at, const char* end) {
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

std::string_view trimmed(const char* begin, const char* end) {
  while (begin != end && is_blank(end[-1])) --end;
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

const char* skip_text(const char* at, const char* end) {
  const auto stops = [](Bytes16 bytes) { return bits_of(((bytes < 0x20) & (bytes != '\t')) | (bytes == 0x7f)); };
  for (; end - at >= 16; at += 16) {
    if (const unsigned bits = stops(load16(at)); bits != 0) return at + first_bit(bits);
  }
  // Behind the last bytes stand zeros, and these stop the search.
  return at + first_bit(stops(load_part(at, static_cast<size_t>(end - at))));
}

const char* read_field_line(const char* line, const char* end, Field& field) {
  const char* const colon = skip_token(line, end);
  if (colon == line || colon == end || *colon != ':') return nullptr;
  const char* value = colon + 1;
  while (value != end && is_blank(*value)) ++value;
  const char* const value_end = skip_text(value, end);
  field.name = {line, static_cast<size_t>(colon - line)};
  field.value = trimmed(value, value_end);
  return skip_line_end(value_end, end);
}

const char* read_continuation(const char* line, const char* end, std::string_view& text) {
  while (line != end && is_blank(*line)) ++line;
  const char* const text_end = skip_text(line, end);
  text = trimmed(line, text_end);
  return skip_line_end(text_end, end);
}

Refusal judge_field_line(const char* line, const char* end) {
  if (end != line && end[-1] == '\r') --end;  // of its CRLF
  if (line == end || !is_blank(*line)) {
    const char* const colon = skip_token(line, end);
    if (colon != end && *colon == '\r') return Refusal::bare_cr;
    if (colon == line || colon == end || *colon != ':') return Refusal::header_name;
    line = colon + 1;
  }
  const char* const wrong = skip_text(line, end);
  return wrong != end && *wrong == '\r' ? Refusal::bare_cr : Refusal::header_value;
}

}  // namespace ringload::codec
