#include "report/json_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "report/number.h"

namespace ringload::report {
namespace {

// Length of the UTF-8 character at the front of `text`, 0 when it is none (overlong forms and surrogates included).
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
  const unsigned char c = byte(0);
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) return tail(1) ? 2 : 0;
  if (c >= 0xe0 && c <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    if (c == 0xe0 && byte(1) < 0xa0) return 0;
    if (c == 0xed && byte(1) >= 0xa0) return 0;
    return 3;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (c == 0xf0 && byte(1) < 0x90) return 0;
    if (c == 0xf4 && byte(1) >= 0x90) return 0;
    return 4;
  }
  return 0;
}

// Stands in a JSON string as it is.
bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

}  // namespace

char* escape_json(char* out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  while (!text.empty()) {
    size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    if (plain != 0) {
      std::memcpy(out, text.data(), plain);
      out += plain;
      text.remove_prefix(plain);
      continue;
    }
    const auto c = static_cast<unsigned char>(text[0]);
    const size_t length = utf8_length(text);
    if (length == 0) {
      out = std::ranges::copy(std::string_view("\\ufffd"), out).out;
      text.remove_prefix(1);
      continue;
    }
    if (length > 1) {
      out = std::ranges::copy(text.substr(0, length), out).out;
    } else {
      *out++ = '\\';
      switch (c) {
        case '"':
        case '\\': *out++ = static_cast<char>(c); break;
        case '\n': *out++ = 'n'; break;
        case '\t': *out++ = 't'; break;
        case '\r': *out++ = 'r'; break;
        default:
          out = std::ranges::copy(std::string_view("u00"), out).out;
          *out++ = kHex[c >> 4];
          *out++ = kHex[c & 15];
      }
    }
    text.remove_prefix(length);
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  const size_t before = out.size();
  out.resize(before + text.size() * 6 + 2);
  char* at = out.data() + before;
  *at++ = '"';
  at = escape_json(at, text);
  *at++ = '"';
  out.resize(static_cast<size_t>(at - out.data()));
}

void JsonOut::newline() {
  if (indent_ == 0 || flat_) return;
  out_ += '\n';
  out_.append(size_t{indent_} * depth_, ' ');
}

void JsonOut::separate() {
  if (keyed_) {
    keyed_ = false;
    return;
  }
  if (!first_) out_ += flat_ && indent_ != 0 ? ", " : ",";
  if (depth_ > 0) newline();
  first_ = false;
}

JsonOut& JsonOut::open(char c) {
  separate();
  out_ += c;
  ++depth_;
  first_ = true;
  return *this;
}

JsonOut& JsonOut::close(char c) {
  --depth_;
  if (!first_) newline();
  out_ += c;
  first_ = false;
  return *this;
}

JsonOut& JsonOut::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += indent_ != 0 ? ": " : ":";
  keyed_ = true;
  return *this;
}

JsonOut& JsonOut::string(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonOut& JsonOut::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonOut& JsonOut::number(uint64_t value) { return raw(fmt::format("{}", value)); }
JsonOut& JsonOut::number(int64_t value) { return raw(fmt::format("{}", value)); }

JsonOut& JsonOut::real(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return null();
  return raw(decimal_exact(*value, 6));
}

JsonOut& JsonOut::exact(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return null();
  return raw(shortest_exact(*value));
}

JsonOut& JsonOut::ms(std::optional<int64_t> us) { return us ? raw(ms_exact(*us)) : null(); }

}  // namespace ringload::report
