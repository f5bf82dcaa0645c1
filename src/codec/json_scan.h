// Finding the end of a JSON string without parsing the document around it.
#pragma once
#include <cstddef>
#include <string_view>

#include "codec/bytes16.h"

namespace ringload::codec {

inline constexpr size_t kNotPlain = static_cast<size_t>(-1);

// `text` begins just behind an opening quote. The offset of the closing quote, when every byte before it is plain
// (printable ASCII, no backslash); kNotPlain when something else comes first or the quote is missing. 64 readable bytes
// must follow `text`.
inline size_t plain_string_end(std::string_view text) {
  // Whole vectors are read up to 15 bytes beyond the text; what they find there is not counted.
  for (size_t at = 0; at < text.size(); at += 16) {
    const Bytes16 bytes = load16(text.data() + at);
    const Mask16 stops = (bytes - 0x20 > 0x7e - 0x20) | (bytes == '"') | (bytes == '\\');
    const unsigned bits = bits_of(stops);
    if (bits == 0) continue;
    const size_t stop = at + first_bit(bits);
    return stop < text.size() && text[stop] == '"' ? stop : kNotPlain;
  }
  return kNotPlain;
}

}  // namespace ringload::codec
