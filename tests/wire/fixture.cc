#include "fixture.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "text.h"

namespace ringload::wire {
namespace {

Expected read_expected(std::string line) {
  Expected expected;
  const size_t at = line.rfind(" @");
  if (at != line.npos && line.find_first_not_of("0123456789", at + 2) == line.npos) {
    expected.at = std::stoul(line.substr(at + 2));
    line.resize(at);
  }
  expected.text = std::move(line);
  return expected;
}

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::vector<Fixture> read_fixtures(const std::string& path) {
  std::ifstream file(path);
  std::vector<Fixture> fixtures;
  enum { prose, bytes, events } in = prose;
  std::string line;
  int number = 0;
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error(path + ":" + std::to_string(number) + ": " + why);
  };
  const auto finished = [&] { return fixtures.empty() || !fixtures.back().expected.empty(); };

  while (std::getline(file, line)) {
    ++number;
    const bool fence = line.starts_with("```");
    if (in != prose) {
      if (fence) {
        in = prose;
      } else if (in == bytes) {
        try {
          fixtures.back().bytes += unescape(line);
        } catch (const std::exception& error) {
          fail(error.what());
        }
      } else if (!line.empty()) {
        fixtures.back().expected.push_back(read_expected(line));
      }
    } else if (line.starts_with("## ")) {
      if (!finished()) fail("the fixture above has no events");
      fixtures.push_back({path, number, line.substr(3), {}, {}, {}});
    } else if (fence) {
      if (fixtures.empty()) fail("a block before the first heading");
      Fixture& fixture = fixtures.back();
      if (line == "```events") {
        if (fixture.info.empty()) fail("events without bytes");
        in = events;
      } else {
        if (!fixture.info.empty()) fail("two blocks of bytes below one heading");
        fixture.info = split_words(line.substr(3));
        if (fixture.info.empty()) fail("a block of bytes that does not say of what kind");
        in = bytes;
      }
    }
  }
  if (in != prose) fail("a block that is not closed");
  if (fixtures.empty() || !finished()) fail("the last fixture has no events, or there is none");
  return fixtures;
}

}  // namespace ringload::wire
