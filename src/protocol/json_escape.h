// Text of ours → the inside of a JSON string, once at set-up: what is sent later is spliced as it stands.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace ringload::protocol {

// Without the quotes around it. nullopt: `text` is not UTF-8, so no JSON string can hold it.
std::optional<std::string> json_escape(std::string_view text);

}  // namespace ringload::protocol
