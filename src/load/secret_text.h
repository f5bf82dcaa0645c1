// What must never be shown, logged or left in the process list: keys by their look, and what stands behind a name that
// says so (`?key=…`, `"api_key": "…"`, `Bearer …`, `user:password@`).
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringload::load {

// What the Go tool's profiles hold in a key's place: left there it is a mistake, never a key.
inline constexpr std::string_view kPlaceholder = "REPLACE_WITH_VK";

// Of a header, a query parameter or a JSON member: "Authorization", "api_key", "X-Auth-Token"; not "max_tokens".
bool is_secret_name(std::string_view name);
// `text` as a whole: "sk-…", "Bearer …", a JSON Web Token, or so long and random that it is hardly a word.
bool looks_like_key(std::string_view text);

struct SecretSpan {
  size_t at = 0, size = 0;
};
// In order, disjoint. A key in the middle of a text is known by its prefix or by the name before it alone.
std::vector<SecretSpan> secrets_in(std::string_view text);
std::string redacted(std::string_view text, std::string_view instead = "<redacted>");

}  // namespace ringload::load
