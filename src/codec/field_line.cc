#include "codec/field_line.h"

#include <algorithm>
#include <cstring>

namespace ringload::codec {
namespace {

const char* skip_text(const char* at, const char* end) { return std::find_if_not(at, end, is_text); }

}  // namespace

Refusal judge_field_line(const char* line, const char* end) {
  if (!is_blank(*line)) {
    const char* const colon = skip_token(line, end);
    if (colon != end && *colon == '\r') return Refusal::bare_cr;
    if (colon == line || colon == end || *colon != ':') return Refusal::header_name;
    line = colon + 1;
  }
  const char* const wrong = skip_text(line, end);
  return wrong != end && *wrong == '\r' ? Refusal::bare_cr : Refusal::header_value;
}

void join_folded(Field& field, const char* next) {
  char* to = const_cast<char*>(field.value.data()) + field.value.size();
  for (const char* line = skip_line_end(skip_text(to, next), next); line != next;) {
    const char* const line_end = skip_text(line, next);
    const std::string_view text = trim_blanks({line, static_cast<size_t>(line_end - line)});
    line = skip_line_end(line_end, next);
    if (text.empty()) continue;
    if (to != field.value.data()) *to++ = ' ';
    std::memmove(to, text.data(), text.size());
    to += text.size();
  }
  field.value = {field.value.data(), static_cast<size_t>(to - field.value.data())};
  // All but the last line end becomes spaces: the field now stands on one line.
  const char* line_end = next - (next[-2] == '\r' ? 2 : 1);
  std::fill(to, const_cast<char*>(line_end), ' ');
}

}  // namespace ringload::codec
