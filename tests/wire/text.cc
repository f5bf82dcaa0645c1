#include "text.h"

#include <cstdio>
#include <stdexcept>

namespace ringload::wire {
namespace {

std::string escape(char c) {
  switch (c) {
    case '\r': return "\\r";
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\0': return "\\0";
    case '\\': return "\\\\";
    case '"': return "\\\"";
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte < 0x7f) return {c};
  char hex[8];
  std::snprintf(hex, sizeof hex, "\\x%02x", byte);
  return hex;
}

// The } of the \{ whose brace is at `at`; others may stand inside.
size_t find_close(std::string_view text, size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at;
  }
  return text.npos;
}

}  // namespace

std::string unescape(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      bytes += text[at];
      continue;
    }
    const char kind = ++at < text.size() ? text[at] : ' ';
    switch (kind) {
      case 'r': bytes += '\r'; break;
      case 'n': bytes += '\n'; break;
      case 't': bytes += '\t'; break;
      case '0': bytes += '\0'; break;
      case '\\': bytes += '\\'; break;
      case '"': bytes += '"'; break;
      case 'x':
        if (at + 2 >= text.size()) throw std::runtime_error("\\x needs two hexadecimal digits");
        bytes += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
        at += 2;
        break;
      case '{': {
        const size_t bar = text.find('|', at), close = find_close(text, at);
        if (bar == text.npos || close == text.npos || bar > close) throw std::runtime_error("\\{ needs N|text}");
        const std::string repeated = unescape(text.substr(bar + 1, close - bar - 1));
        for (long n = std::stol(std::string(text.substr(at + 1, bar - at - 1))); n > 0; --n) bytes += repeated;
        at = close;
        break;
      }
      default: throw std::runtime_error(std::string("there is no escape \\") + kind);
    }
  }
  return bytes;
}

std::string quote(std::string_view bytes) {
  std::string quoted = "\"";
  for (size_t at = 0; at < bytes.size();) {
    size_t run = bytes.find_first_not_of(bytes[at], at);
    run = (run == bytes.npos ? bytes.size() : run) - at;
    if (run > 32) {
      quoted += "\\{" + std::to_string(run) + "|" + escape(bytes[at]) + "}";
    } else {
      for (size_t i = 0; i < run; ++i) quoted += escape(bytes[at]);
    }
    at += run;
  }
  return quoted + '"';
}

}  // namespace ringload::wire
