#include "protocol/json_cursor.h"

namespace ringload::protocol {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t skip_digits(std::string_view token, size_t at) {
  while (at < token.size() && is_digit(token[at])) ++at;
  return at;
}

// RFC 8259, section 6.
bool is_number(std::string_view token) {
  size_t at = token.starts_with('-') ? 1 : 0;
  if (at == token.size() || !is_digit(token[at])) return false;
  at = token[at] == '0' ? at + 1 : skip_digits(token, at);
  if (at < token.size() && token[at] == '.') {
    const size_t fraction = at + 1;
    at = skip_digits(token, fraction);
    if (at == fraction) return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    const size_t exponent = at;
    at = skip_digits(token, exponent);
    if (at == exponent) return false;
  }
  return at == token.size();
}

}  // namespace

void JsonCursor::skip_scalar() {
  if (at_ >= count_) return fail();
  const std::string_view token = take_token();
  switch (token.front()) {
    case 't': return token == "true" ? void(0) : fail();
    case 'f': return token == "false" ? void(0) : fail();
    case 'n': return token == "null" ? void(0) : fail();
    default: return is_number(token) ? void(0) : fail();
  }
}

int64_t JsonCursor::count() {
  if (!is_digit(peek())) {
    skip();
    return -1;
  }
  const std::string_view token = take_token();
  if (!is_number(token)) {
    fail();
    return -1;
  }
  if (token.size() > 18 || skip_digits(token, 0) != token.size()) return -1;
  int64_t number = 0;
  for (const char c : token) number = number * 10 + (c - '0');
  return number;
}

}  // namespace ringload::protocol
