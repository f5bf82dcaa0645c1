#include "report/style.h"

namespace ringload::report {

const Signs& signs(const Style& style) {
  static constexpr Signs kUtf8{"✓", "✗", "!", "–", " · ", "±", "≤", "≥", "≠", "→", "∞", "µ", "~", "–"};
  static constexpr Signs kAscii{"+", "x", "!", "-", " | ", "+-", "<=", ">=", "!=", "->", "inf", "u", "~", "-"};
  return style.ascii ? kAscii : kUtf8;
}

std::string paint(const Style& style, Color color, std::string_view text) {
  if (!style.color || text.empty()) return std::string(text);
  static constexpr std::string_view kCodes[] = {"32", "31", "33", "1", "2"};
  std::string out = "\x1b[";
  out += kCodes[static_cast<size_t>(color)];
  out += 'm';
  out += text;
  out += "\x1b[0m";
  return out;
}

std::string printable(const Style& style, std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 … U+009f are control characters too: they come as c2 80 … c2 9f.
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c < 0x20 || c == 0x7f || c1) {
      out += '?';
      i += c1;
    } else if (style.ascii && c >= 0x80) {
      if (c >= 0xc0) out += '?';  // once per character
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
      continue;
    }
    width += (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
  }
  return width;
}

std::string left(std::string_view text, size_t width) {
  std::string out(text);
  const size_t used = display_width(text);
  if (used < width) out.append(width - used, ' ');
  return out;
}

std::string right(std::string_view text, size_t width) {
  const size_t used = display_width(text);
  std::string out(used < width ? width - used : 0, ' ');
  out += text;
  return out;
}

}  // namespace ringload::report
