#include "codec/text_stops.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "guarded.h"

namespace ringload::codec {
namespace {

std::vector<size_t> stops_in(std::span<const char> bytes) {
  std::vector<size_t> stops;
  const char* const end = bytes.data() + bytes.size();
  TextStops reader(bytes.data(), end);
  for (const char* stop; (stop = reader.next()) != end;) stops.push_back(static_cast<size_t>(stop - bytes.data()));
  EXPECT_EQ(reader.next(), end);
  return stops;
}

// Every byte at every place of inputs of every size around a block, the input's end against a page that cannot be read.
TEST(TextStops, EveryByteEverywhere) {
  wire::Guarded memory(256);
  for (size_t size = 0; size <= 130; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      for (int c = 0; c < 256; ++c) {
        text[at] = static_cast<char>(c);
        const auto expected = is_text(text[at]) ? std::vector<size_t>{} : std::vector<size_t>{at};
        ASSERT_EQ(stops_in(memory.at_end(text)), expected) << size << " " << at << " " << c;
      }
    }
  }
}

TEST(TextStops, EachOnceAndInOrder) {
  wire::Guarded memory(256);
  for (size_t size = 0; size <= 200; ++size) {
    for (size_t step = 1; step <= 70; ++step) {
      std::string text(size, 'a');
      std::vector<size_t> expected;
      for (size_t at = 0; at < size; at += step) {
        text[at] = '\n';
        expected.push_back(at);
      }
      ASSERT_EQ(stops_in(memory.at_end(text)), expected) << size << " " << step;
    }
  }
}

}  // namespace
}  // namespace ringload::codec
