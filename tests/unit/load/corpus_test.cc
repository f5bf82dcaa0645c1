#include "load/corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ringload::load {
namespace {

TEST(CorpusWords, AreManyPlainAndDistinct) {
  const auto words = corpus_words();
  EXPECT_GE(words.size(), 500u);
  std::set<std::string_view> distinct(words.begin(), words.end());
  EXPECT_EQ(distinct.size(), words.size());
  for (const std::string_view word : words) {
    EXPECT_FALSE(word.empty());
    EXPECT_TRUE(std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; })) << word;
  }
}

std::string join(const Corpus& corpus, size_t first, size_t count) {
  std::vector<std::string_view> spans(corpus.spans_needed(count));
  const size_t used = corpus.window(first, count, spans);
  std::string out;
  for (size_t i = 0; i < used; ++i) out += spans[i];
  return out;
}

TEST(Corpus, WindowsAreWholeWordsOfTheRightCount) {
  const Corpus corpus(1, 100);
  std::set<std::string_view> known;
  for (const std::string_view word : corpus_words()) known.insert(word);
  for (size_t first = 0; first < corpus.words(); ++first) {
    for (size_t count : {0u, 1u, 2u, 99u, 100u, 101u, 250u}) {
      const std::string text = join(corpus, first, count);
      EXPECT_LE(text.size(), corpus.max_bytes(count));
      size_t words = 0;
      for (size_t at = 0; at < text.size(); ++words) {
        ASSERT_EQ(text[at], ' ');
        const size_t end = std::min(text.find(' ', at + 1), text.size());
        EXPECT_TRUE(known.contains(std::string_view(text).substr(at + 1, end - at - 1)));
        at = end;
      }
      EXPECT_EQ(words, count);
    }
  }
}

TEST(Corpus, WrapsAroundItsEnd) {
  const Corpus corpus(1, 10);
  EXPECT_EQ(join(corpus, 7, 10), join(corpus, 7, 3) + join(corpus, 0, 7));
  EXPECT_EQ(join(corpus, 0, 10), corpus.text());
}

TEST(Corpus, TokensHaveTheBytesOfRealTexts) {
  const Corpus corpus(1, 8192);
  EXPECT_NEAR(corpus.mean_word_bytes(), 5.1, 0.1);
  std::set<std::string_view> distinct;
  for (size_t i = 0; i < corpus.words(); ++i) {
    std::string_view word;
    corpus.window(i, 1, {&word, 1});
    distinct.insert(word);
  }
  EXPECT_GT(distinct.size(), 500u);
}

TEST(Corpus, DependsOnTheSeedAlone) {
  EXPECT_EQ(Corpus(1, 1000).text(), Corpus(1, 1000).text());
  EXPECT_NE(Corpus(1, 1000).text(), Corpus(2, 1000).text());
}

}  // namespace
}  // namespace ringload::load
