// Text for sized prompts: common English words, each of which, with the space before it, is exactly one token in o200k,
// cl100k and Llama 3. So n words are n tokens, and no tokenizer is needed at run time.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringload::load {

// The words themselves, without spaces; a-z only.
std::span<const std::string_view> corpus_words();

// A long shuffled text of those words. A prompt is a window of it that begins at a random word and wraps at the end, so
// no text is built per request.
class Corpus {
 public:
  // `words`: the length of the text, at least 1; longer prompts than the text repeat it.
  Corpus(uint64_t seed, size_t words);

  size_t words() const { return words_; }
  std::string_view text() const { return text_; }
  // The average bytes of a word with its space.
  double mean_word_bytes() const { return static_cast<double>(text_.size()) / static_cast<double>(words_); }

  // The spans of `count` words from word `first` (< words()) on, each word with its leading space. Writes up to
  // out.size() spans and returns how many it wrote: 1 or 2 while count ≤ words(); spans_needed(count) at most.
  size_t window(size_t first, size_t count, std::span<std::string_view> out) const;
  size_t spans_needed(size_t count) const { return count / words_ + 2; }
  // Upper bound of the bytes of any window of `count` words.
  size_t max_bytes(size_t count) const { return count * (longest_word_ + 1); }

 private:
  std::string text_;                // " word word word"
  std::vector<uint32_t> offsets_;   // of each word's leading space, and the text's end
  size_t words_ = 0;
  size_t longest_word_ = 0;
};

}  // namespace ringload::load
