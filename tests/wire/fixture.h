// One fixture: a Markdown section with a heading, a fenced block of bytes and a fenced block of the events expected.
// README.md tells how to write one.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace ringload::wire {

struct Expected {
  std::string text;
  std::optional<size_t> at;  // "@N": known when N bytes had been read one by one, no sooner and no later
};

struct Fixture {
  std::string file;
  int line = 0;
  std::string title;
  std::vector<std::string> info;  // of the bytes' fence: the kind of input, then its options
  std::string bytes;
  std::vector<Expected> expected;
};

// Throws std::runtime_error that names file and line when the file cannot be read as fixtures, or has none.
std::vector<Fixture> read_fixtures(const std::string& path);

}  // namespace ringload::wire
