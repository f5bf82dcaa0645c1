#include "codec/json_scan.h"

#include <gtest/gtest.h>

#include <string>

#include "guarded.h"

namespace ringload::codec {
namespace {

size_t expected_end(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') return at;
    if (text[at] < 0x20 || text[at] > 0x7e || text[at] == '\\') return kNotPlain;
  }
  return kNotPlain;
}

// No more than the promised 64 bytes behind the text are read, and what stands there (quotes) is not taken for its end.
TEST(PlainStringEnd, EveryByteEverywhere) {
  wire::Guarded memory(512);
  for (size_t size = 1; size <= 100; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text.back() = '"';
      for (int c = 0; c < 256; ++c) {
        text[at] = static_cast<char>(c);
        const std::span<char> placed = memory.at_end(text, 64);
        ASSERT_EQ(plain_string_end({placed.data(), size}), expected_end(text)) << size << " " << at << " " << c;
      }
    }
  }
}

TEST(PlainStringEnd, TheFirstStopCounts) {
  const std::string slack(64, ' ');
  const auto end_of = [&](const std::string& text) {
    const std::string padded = text + slack;
    return plain_string_end({padded.data(), text.size()});
  };
  EXPECT_EQ(end_of("\""), 0u);
  EXPECT_EQ(end_of("abc\"def\""), 3u);
  EXPECT_EQ(end_of("abc\"\\"), 3u);
  EXPECT_EQ(end_of("abc\\\""), kNotPlain);
  EXPECT_EQ(end_of(""), kNotPlain);
  EXPECT_EQ(end_of(std::string(1000, 'x') + '"'), 1000u);
}

}  // namespace
}  // namespace ringload::codec
