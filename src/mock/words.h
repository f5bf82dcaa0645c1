// What the mock says: common English words, one token each, over and over. Plain ASCII, so nothing needs escaping.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mock/text_writer.h"

namespace ringload::mock {

// The index-th token of every reply: "The", " river", …
std::string_view reply_word(uint32_t index);
// Bytes of the first `tokens` tokens together.
size_t reply_text_size(uint32_t tokens);
// Writes them.
void append_reply_text(TextWriter& out, uint32_t tokens);

inline constexpr size_t kMaxWordBytes = 16;

}  // namespace ringload::mock
