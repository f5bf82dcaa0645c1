// How the mock counts input tokens. The rule, close to the common BPE vocabularies for English and exact for the
// prompts that the generator sizes:
//   a run of letters (ASCII letters and every byte of a non-ASCII character) is one token;
//   a run of n digits is ceil(n / 3) tokens, so the 32 digits of a correlation UUID are 11;
//   a run of other printable characters is one token;
//   white space and control characters are none.
// A chat's framing (roles, separators) counts nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringload::mock {

uint64_t count_tokens(std::string_view text);

// The same for text that must be plain: printable ASCII without quote and backslash, that is a JSON string's inside
// that stands for itself. Nothing when another byte occurs.
std::optional<uint64_t> count_plain_tokens(std::string_view text);

// The same two without vector instructions: what the others are tested against.
uint64_t count_tokens_scalar(std::string_view text);
std::optional<uint64_t> count_plain_tokens_scalar(std::string_view text);

}  // namespace ringload::mock
