#include <gtest/gtest.h>

#include <string>

#include "codec/char_class.h"
#include "codec/http1.h"

namespace ringload::codec {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Every pair of bytes, at every place that the words of eight and four bytes tell apart.
TEST(Iequals, EveryPairOfBytes) {
  for (size_t size = 1; size <= 17; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string a(size, 'x'), b(size, 'X');
      for (int i = 0; i < 256; ++i) {
        for (int j = 0; j < 256; ++j) {
          a[at] = static_cast<char>(i);
          b[at] = static_cast<char>(j);
          ASSERT_EQ(iequals(a, b), lower(a[at]) == lower(b[at])) << size << " " << at << " " << i << " " << j;
        }
      }
    }
  }
}

TEST(Iequals, SizesMustAgree) {
  EXPECT_TRUE(iequals("", ""));
  EXPECT_FALSE(iequals("", "a"));
  EXPECT_FALSE(iequals("content", "content-length"));
  EXPECT_FALSE(iequals("content-length", "content-lengt"));
}

TEST(CharClass, TokensAreTheGrammars) {
  const std::string tokens =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(is_token(static_cast<char>(i)), tokens.find(static_cast<char>(i)) != tokens.npos) << i;
  }
}

TEST(CharClass, TextHasNoControlByteButTheTab) {
  for (int i = 0; i < 256; ++i) EXPECT_EQ(is_text(static_cast<char>(i)), i == 9 || (i >= 32 && i != 127)) << i;
}

TEST(CharClass, HexDigits) {
  for (int i = 0; i < 256; ++i) {
    int value = -1;
    if (i >= '0' && i <= '9') value = i - '0';
    if (i >= 'a' && i <= 'f') value = i - 'a' + 10;
    if (i >= 'A' && i <= 'F') value = i - 'A' + 10;
    EXPECT_EQ(hex_digit(static_cast<char>(i)), value) << i;
  }
}

}  // namespace
}  // namespace ringload::codec
