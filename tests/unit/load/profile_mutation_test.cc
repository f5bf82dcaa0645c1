// Shipped profiles, damaged at random: each must load or be refused with a place, and what loads must print as a profile.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/prng.h"
#include "load_testing.h"

namespace ringload::load {
namespace {

std::vector<std::string> shipped_texts() {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(PROFILES_DIR)) {
    if (entry.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    texts.push_back(text.str());
  }
  std::sort(texts.begin(), texts.end());  // the directory's order is the file system's
  return texts;
}

// True when it loaded.
bool load_or_complain(const std::string& text) {
  const auto profile = parse_profile(text, "p.json", test_environment());
  if (!profile) {
    EXPECT_FALSE(profile.error().empty());
    for (const ProfileError& error : profile.error()) {
      EXPECT_GE(error.line, 1u) << error.text();
      EXPECT_GE(error.column, 1u);
      EXPECT_FALSE(error.message.empty());
    }
    return false;
  }
  EXPECT_FALSE(profile->scenarios.empty());
  EXPECT_FALSE(profile->stages.empty());
  const std::string printed = print_profile(*profile);
  EXPECT_EQ(errors_of(printed), "") << text;
  return true;
}

TEST(ProfileMutation, OfBytes) {
  Prng prng(1);
  const std::vector<std::string> texts = shipped_texts();
  int loaded = 0;
  for (int i = 0; i < 4'000; ++i) {
    std::string text = texts[prng.below(texts.size())];
    for (uint64_t changes = 1 + prng.below(3); changes > 0; --changes) {
      const size_t at = prng.below(text.size());
      switch (prng.below(4)) {
        case 0: text[at] = static_cast<char>(prng.next()); break;
        case 1: text.erase(at, 1 + prng.below(8)); break;
        case 2: text.insert(at, 1, "{}[]\",:0-9e.\\"[prng.below(13)]); break;
        default: text.resize(at + 1); break;
      }
    }
    loaded += load_or_complain(text);
  }
  EXPECT_GT(loaded, 100);
}

// Whole values exchanged for others of every kind: what the table must catch, not the parser.
TEST(ProfileMutation, OfValues) {
  const char* values[] = {"null", "true", "-1", "0", "1", "1e308", "18446744073709551616", "0.5", "\"\"", "\"x\"", "\"1s\"",
                          "[]", "[1]", "[[]]", "{}", "{\"from\": 1, \"to\": 2}", "{\"min\": 1, \"max\": 2}", "\"\\u0000\""};
  Prng prng(2);
  const std::vector<std::string> texts = shipped_texts();
  int loaded = 0, refused = 0;
  for (const std::string& text : texts) {
    for (size_t colon = text.find(": "); colon != std::string::npos; colon = text.find(": ", colon + 1)) {
      const size_t begin = colon + 2;
      size_t end = text.find_first_of(",}]\n", begin);
      if (text[begin] == '"') end = text.find('"', begin + 1) + 1;
      for (int i = 0; i < 4; ++i) {
        std::string changed = text;
        changed.replace(begin, end - begin, values[prng.below(std::size(values))]);
        (load_or_complain(changed) ? loaded : refused) += 1;
      }
    }
  }
  EXPECT_GT(loaded, 50);
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace ringload::load
