#include "mock/token_count.h"

#include <gtest/gtest.h>

#include <string>

#include "base/prng.h"

namespace ringload::mock {
namespace {

TEST(TokenCount, CountsWords) {
  EXPECT_EQ(count_tokens(""), 0u);
  EXPECT_EQ(count_tokens("one"), 1u);
  EXPECT_EQ(count_tokens("  one  two\n\tthree "), 3u);
  std::string words;
  for (int i = 0; i < 12'500; ++i) words += i % 3 == 0 ? "table " : i % 3 == 1 ? "of " : "Water ";
  EXPECT_EQ(count_tokens(words), 12'500u);
}

TEST(TokenCount, GroupsDigitsByThree) {
  EXPECT_EQ(count_tokens("1"), 1u);
  EXPECT_EQ(count_tokens("123"), 1u);
  EXPECT_EQ(count_tokens("1234"), 2u);
  EXPECT_EQ(count_tokens("91360294417740129987123450987654"), 11u);
  EXPECT_EQ(count_tokens("91360294417740129987123450987654 hello there"), 13u);
  EXPECT_EQ(count_tokens("abc123def"), 3u);
}

TEST(TokenCount, PunctuationRunsAreOneToken) {
  EXPECT_EQ(count_tokens("Hello, world!"), 4u);
  EXPECT_EQ(count_tokens("wait... what?!"), 4u);
  EXPECT_EQ(count_tokens("a-b"), 3u);
}

TEST(TokenCount, NonAsciiBytesAreLetters) {
  EXPECT_EQ(count_tokens("na\xc3\xafve caf\xc3\xa9"), 2u);
}

TEST(TokenCount, PlainRefusesWhatDoesNotStandForItself) {
  EXPECT_EQ(count_plain_tokens("Hello, world!"), 4u);
  EXPECT_EQ(count_plain_tokens(""), 0u);
  for (int c = 0; c < 256; ++c) {
    const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    for (const size_t before : {size_t{0}, size_t{31}, size_t{63}, size_t{64}, size_t{130}}) {
      const std::string text = std::string(before, 'x') + static_cast<char>(c) + " y";
      EXPECT_EQ(count_plain_tokens(text).has_value(), plain) << c << " at " << before;
      EXPECT_EQ(count_plain_tokens_scalar(text).has_value(), plain) << c << " at " << before;
    }
  }
}

// The vector form agrees with the scalar one at every length around its block size, for every mix of characters.
TEST(TokenCount, VectorAgreesWithScalar) {
  Prng prng(7);
  const std::string_view alphabets[] = {"ab 12.", "0123456789 ", "a ", "1", "aZ\xc3\xa9 .,\n9\"\\\x7f",
                                        "@[`{/:az AZ09\x1f\x20\x21"};
  for (int round = 0; round < 20'000; ++round) {
    const std::string_view alphabet = alphabets[prng.below(std::size(alphabets))];
    std::string text(prng.below(300), ' ');
    for (char& c : text) c = alphabet[prng.below(alphabet.size())];
    ASSERT_EQ(count_tokens(text), count_tokens_scalar(text)) << text;
    ASSERT_EQ(count_plain_tokens(text), count_plain_tokens_scalar(text)) << text;
  }
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(count_tokens(every), count_tokens_scalar(every));
}

}  // namespace
}  // namespace ringload::mock
