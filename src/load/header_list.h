// Request headers of a scenario: names compare without regard to case, a later value replaces an earlier one in place.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ringload/profile.h"
#include "ringload/profile_load.h"

namespace ringload::load {

bool same_name(std::string_view a, std::string_view b);
const Header* find_header(const std::vector<Header>& headers, std::string_view name);
void set_header(std::vector<Header>& headers, Header header);
// Checks and expands. `folder` is what `${file:…}` is relative to. The error says what was found and what is allowed.
std::expected<Header, std::string> make_header(std::string_view name, std::string_view text,
                                               const Environment& environment, const std::string& folder);
// "K: V" of --header.
std::expected<Header, std::string> parse_header(std::string_view text, const Environment& environment);

}  // namespace ringload::load
