// The oracle of every target: whole or in pieces, against either guard page, a parser says what the reference says.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ringload::fuzz {

// `info` as a wire fixture's fence. Prints what differs and aborts when anything does.
void check(const std::vector<std::string>& info, std::string_view bytes, const std::string& expected);

}  // namespace ringload::fuzz
