#include "load/corpus.h"

#include <algorithm>

#include "base/assert.h"
#include "base/prng.h"

namespace ringload::load {

namespace {

// The shortest of five: short words are the frequent ones. That makes 5.1 bytes a token with its space, as texts have
// them, where drawing all words alike would make 7, and prompts of n tokens a third larger than real ones.
std::string_view draw(Prng& prng, std::span<const std::string_view> vocabulary) {
  std::string_view word = vocabulary[prng.below(vocabulary.size())];
  for (int i = 1; i < 5; ++i) {
    const std::string_view other = vocabulary[prng.below(vocabulary.size())];
    if (other.size() < word.size()) word = other;
  }
  return word;
}

}  // namespace

Corpus::Corpus(uint64_t seed, size_t words) : words_(words) {
  RINGLOAD_ASSERT(words > 0);
  const std::span<const std::string_view> vocabulary = corpus_words();
  Prng prng(seed_of(seed, 0x636f72707573));
  offsets_.reserve(words + 1);
  text_.reserve(words * 8);
  for (size_t i = 0; i < words; ++i) {
    const std::string_view word = draw(prng, vocabulary);
    offsets_.push_back(static_cast<uint32_t>(text_.size()));
    text_ += ' ';
    text_ += word;
    longest_word_ = std::max(longest_word_, word.size());
  }
  offsets_.push_back(static_cast<uint32_t>(text_.size()));
}

size_t Corpus::window(size_t first, size_t count, std::span<std::string_view> out) const {
  RINGLOAD_ASSERT(first < words_);
  size_t spans = 0;
  while (count > 0) {
    RINGLOAD_ASSERT(spans < out.size());
    const size_t take = std::min(count, words_ - first);
    const size_t begin = offsets_[first];
    out[spans++] = std::string_view(text_).substr(begin, offsets_[first + take] - begin);
    count -= take;
    first = 0;
  }
  return spans;
}

}  // namespace ringload::load
