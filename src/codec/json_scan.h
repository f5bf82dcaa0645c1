// Finding the end of a JSON string without parsing the document around it.
#pragma once
#include <cstddef>
#include <string_view>

namespace ringload::codec {

inline constexpr size_t kNotPlain = static_cast<size_t>(-1);

// `text` begins just behind an opening quote. The offset of the closing quote, when every byte before it is plain
// (printable ASCII, no backslash); kNotPlain when something else comes first or the quote is missing. 64 readable bytes
// must follow `text`.
size_t plain_string_end(std::string_view text);

}  // namespace ringload::codec
