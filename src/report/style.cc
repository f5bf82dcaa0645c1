#include "report/style.h"

#include <algorithm>
#include <utility>

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

std::string in_ascii(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {
      {"–", "-"},  {"—", "-"},  {"…", "..."}, {"≤", "<="}, {"≥", ">="}, {"≠", "!="}, {"×", "x"},   {"÷", "/"},
      {"±", "+-"}, {"→", "->"}, {"µ", "u"},   {"μ", "u"},  {"∞", "inf"}, {"✓", "+"}, {"✗", "x"},  {"·", "|"},
      {"−", "-"},  {"²", "2"},  {"“", "\""},  {"”", "\""}, {"‘", "'"},  {"’", "'"}};
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text[0]);
    size_t length = 1;
    if (c < 0x80) {
      out += text[0];
    } else {
      while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) ++length;
      const std::string_view sign = text.substr(0, length);
      const auto found = std::ranges::find(kSpellings, sign, &std::pair<std::string_view, std::string_view>::first);
      out += found == std::end(kSpellings) ? "?" : found->second;
    }
    text.remove_prefix(length);
  }
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
    } else {
      out += static_cast<char>(c);
    }
  }
  return style.ascii ? in_ascii(out) : out;
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

std::string shortened(const Style& style, std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  const std::string_view cut = style.ascii ? "..." : "…";
  size_t end = 0;
  for (size_t columns = display_width(cut); end < text.size(); ++end) {
    columns += (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (columns > width) break;
  }
  return std::string(text.substr(0, end)) += cut;
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
