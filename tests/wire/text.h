// Bytes as the fixtures write them: \r \n \t \0 \\ \" \xHH, and \{N|text} for N times `text`.
#pragma once
#include <string>
#include <string_view>

namespace ringload::wire {

// Throws std::runtime_error on an escape that does not exist.
std::string unescape(std::string_view text);
// Quoted, everything but printable ASCII escaped, runs of more than 32 equal bytes as \{N|c}.
std::string quote(std::string_view bytes);

}  // namespace ringload::wire
