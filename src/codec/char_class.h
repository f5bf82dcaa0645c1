// Classes of bytes that HTTP's grammar knows (RFC 9110 section 5.6.2, RFC 9112 section 7.1).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace ringload::codec {

namespace detail {
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<int8_t, 256> make_hex_table() {
  std::array<int8_t, 256> table{};
  for (auto& digit : table) digit = -1;
  for (int i = 0; i < 10; ++i) table['0' + i] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) table['a' + i] = table['A' + i] = static_cast<int8_t>(10 + i);
  return table;
}
inline constexpr auto kToken = make_token_table();
inline constexpr auto kHex = make_hex_table();
}  // namespace detail

constexpr bool is_token(char c) { return detail::kToken[static_cast<unsigned char>(c)]; }
// 0 to 15, or -1.
constexpr int hex_digit(char c) { return detail::kHex[static_cast<unsigned char>(c)]; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
// What may stand in a field value, a reason phrase or a chunk extension: all but control bytes; a tab may.
constexpr bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

constexpr std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace ringload::codec
