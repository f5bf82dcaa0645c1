#include "mock/words.h"

#include <algorithm>
#include <array>

namespace ringload::mock {
namespace {

constexpr std::string_view kCycle =
    " The river was quiet that morning and the light came over the hills before anyone in the village was awake"
    " so the old man walked down to the water with his dog and a small bag of bread to watch the boats go out"
    " past the stone bridge where children would later play until the evening bell called them home";

constexpr size_t count_words() { return static_cast<size_t>(std::count(kCycle.begin(), kCycle.end(), ' ')); }
constexpr size_t kWords = count_words();

// Where each word (with the space before it) begins in the cycle; one more for the end.
constexpr auto kStarts = [] {
  std::array<uint16_t, kWords + 1> starts{};
  size_t word = 0;
  for (size_t i = 0; i < kCycle.size(); ++i) {
    if (kCycle[i] == ' ') starts[word++] = static_cast<uint16_t>(i);
  }
  starts[word] = static_cast<uint16_t>(kCycle.size());
  return starts;
}();

constexpr bool words_fit() {
  for (size_t i = 0; i < kWords; ++i) {
    if (static_cast<size_t>(kStarts[i + 1] - kStarts[i]) > kMaxWordBytes) return false;
  }
  return true;
}
static_assert(words_fit());

}  // namespace

std::string_view reply_word(uint32_t index) {
  const size_t word = index % kWords;
  std::string_view text = kCycle.substr(kStarts[word], kStarts[word + 1] - kStarts[word]);
  if (index == 0) text.remove_prefix(1);
  return text;
}

size_t reply_text_size(uint32_t tokens) {
  if (tokens == 0) return 0;
  return tokens / kWords * kCycle.size() + kStarts[tokens % kWords] - 1;
}

void append_reply_text(TextWriter& out, uint32_t tokens) {
  std::string_view part = kCycle.substr(1);
  for (; tokens >= kWords; tokens -= static_cast<uint32_t>(kWords)) {
    out.text(part);
    part = kCycle;
  }
  if (tokens > 0) out.text(part.substr(0, kStarts[tokens] - (kCycle.size() - part.size())));
}

}  // namespace ringload::mock
