#include "mock/words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mock/token_count.h"

namespace ringload::mock {
namespace {

std::string text_of(uint32_t tokens) {
  std::vector<char> memory(reply_text_size(tokens) + 1);
  TextWriter out(memory);
  append_reply_text(out, tokens);
  return {out.written().begin(), out.written().end()};
}

// Streamed words and the whole text are the same, of the promised size, and count as many tokens as they should.
TEST(Words, StreamAndWholeTextAgree) {
  std::string joined;
  for (uint32_t n = 0; n <= 500; ++n) {
    ASSERT_EQ(text_of(n), joined) << n;
    ASSERT_EQ(reply_text_size(n), joined.size()) << n;
    ASSERT_EQ(count_plain_tokens(joined), n);
    ASSERT_LE(reply_word(n).size(), kMaxWordBytes);
    joined += reply_word(n);
  }
  EXPECT_TRUE(joined.starts_with("The river was"));
}

}  // namespace
}  // namespace ringload::mock
