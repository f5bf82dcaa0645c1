// How a text report looks: colour and alphabet.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "ringload/report.h"

namespace ringload::report {

using Style = TextStyle;

// The signs a report uses, in one of two alphabets.
struct Signs {
  std::string_view pass, fail, warn, none, dot, plus_minus, at_most, at_least,
      unequal, arrow, infinity, micro, about, range;
};
const Signs& signs(const Style& style);

enum class Color { green, red, yellow, bold, dim };
// `text` in a colour, or as it is where the style has none.
std::string paint(const Style& style, Color color, std::string_view text);

// Our own signs spelled in ASCII ("≤" is "<="); any other character becomes '?'.
std::string in_ascii(std::string_view text);
// Text of foreign origin (names, server messages), safe to print: control bytes become '?', and ASCII is kept to where
// the style asks for it.
std::string printable(const Style& style, std::string_view text);

// Columns that `text` takes: code points, colour sequences not counted.
size_t display_width(std::string_view text);
// At most `width` columns of it; what is cut shows as "…".
std::string shortened(const Style& style, std::string_view text, size_t width);
// Padded with spaces to `width` columns.
std::string left(std::string_view text, size_t width);
std::string right(std::string_view text, size_t width);

}  // namespace ringload::report
