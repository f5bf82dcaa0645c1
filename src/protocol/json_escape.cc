#include "protocol/json_escape.h"

#include "protocol/json_string.h"

namespace ringload::protocol {

std::optional<std::string> json_escape(std::string_view text) {
  if (!valid_utf8(text)) return std::nullopt;
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (const auto byte = static_cast<unsigned char>(c); byte < 0x20) {
          constexpr char kHex[] = "0123456789abcdef";
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        } else {
          out += c;
        }
    }
  }
  return out;
}

}  // namespace ringload::protocol
