// Text inside XML and HTML.
#pragma once
#include <string>
#include <string_view>

namespace ringload::report {

// For text and quoted attributes alike; characters that XML forbids become '?'.
std::string xml_escape(std::string_view text);

}  // namespace ringload::report
