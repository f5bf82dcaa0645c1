// JSON strings as they stand on the wire: replies are kept escaped, so these look at a string without unescaping it.
#pragma once
#include <cstddef>
#include <string_view>

namespace ringload::protocol {

bool valid_utf8(std::string_view text);

// Whether every backslash in the inside of a string begins an escape that JSON knows. Half of a surrogate pair passes:
// a stream may send the other half in its next event.
bool valid_escapes(std::string_view inside);

// `text` begins just behind an opening quote: the offset of the closing quote if the string before it is valid JSON,
// else std::string_view::npos.
size_t string_end(std::string_view text);

// Bytes of UTF-8 that the inside of a string stands for. Each half of a surrogate pair counts two, wherever the other is.
size_t unescaped_size(std::string_view inside);

// Whether the inside of a string would show as ASCII white space only, escapes such as \n and \u0009 included. Of an
// empty one too.
bool is_white_space(std::string_view inside);

}  // namespace ringload::protocol
