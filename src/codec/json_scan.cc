#include "codec/json_scan.h"

#include "codec/bytes16.h"

namespace ringload::codec {

size_t plain_string_end(std::string_view text) {
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
