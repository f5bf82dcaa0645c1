#include "protocol/json_string.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace ringload::protocol {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Bytes of the escape at the front of `text` (its backslash included); 0 if JSON knows none such.
size_t escape_length(std::string_view text) {
  if (text.size() < 2) return 0;
  switch (text[1]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
      return 2;
    case 'u':
      return text.size() >= 6 && is_hex(text[2]) && is_hex(text[3]) && is_hex(text[4]) && is_hex(text[5]) ? 6 : 0;
    default:
      return 0;
  }
}

}  // namespace

bool valid_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool valid_escapes(std::string_view inside) {
  while (true) {
    const size_t at = inside.find('\\');
    if (at == std::string_view::npos) return true;
    inside.remove_prefix(at);
    const size_t length = escape_length(inside);
    if (length == 0) return false;
    inside.remove_prefix(length);
  }
}

size_t string_end(std::string_view text) {
  bool ascii = true;
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '"') return ascii || valid_utf8(text.substr(0, at)) ? at : std::string_view::npos;
    if (byte < 0x20) return std::string_view::npos;
    if (byte == '\\') {
      const size_t length = escape_length(text.substr(at));
      if (length == 0) return std::string_view::npos;
      at += length;
    } else {
      ascii &= byte < 0x80;
      ++at;
    }
  }
  return std::string_view::npos;
}

size_t unescaped_size(std::string_view inside) {
  size_t size = inside.size();
  for (size_t at = 0; (at = inside.find('\\', at)) != std::string_view::npos;) {
    const size_t length = std::max<size_t>(1, escape_length(inside.substr(at)));
    size_t stands_for = 1;
    if (length == 6) {
      unsigned code = 0;
      std::from_chars(inside.data() + at + 2, inside.data() + at + 6, code, 16);
      stands_for = code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
    }
    size -= length - stands_for;
    at += length;
  }
  return size;
}

bool is_white_space(std::string_view inside) {
  for (size_t at = 0; at < inside.size();) {
    if (inside[at] == ' ') {
      ++at;
      continue;
    }
    const std::string_view escape = inside.substr(at, escape_length(inside.substr(at)));
    if (escape == "\\n" || escape == "\\r" || escape == "\\t" || escape == "\\f") {
      // the common forms
    } else if (escape.size() == 6 && escape.substr(2, 3) == "000" && std::strchr("9aAbBcCdD", escape[5])) {
      // \u0009 to \u000d
    } else if (escape != "\\u0020") {
      return false;
    }
    at += escape.size();
  }
  return true;
}

}  // namespace ringload::protocol
