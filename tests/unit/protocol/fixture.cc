#include "fixture.h"

#include <fstream>
#include <stdexcept>

namespace ringload::protocol {
namespace {

Fixture::Event to_event(const std::string& line) {
  // A type is a bare word; JSON begins with a brace.
  const size_t bar = line.find(" | ");
  if (bar == std::string::npos || line.substr(0, bar).find_first_of("{\" ") != std::string::npos) return {"", line};
  return {line.substr(0, bar), line.substr(bar + 3)};
}

}  // namespace

std::vector<Fixture> read_fixtures(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Fixture> fixtures;
  std::string line, block;
  for (int number = 1; std::getline(file, line); ++number) {
    const auto fail = [&](const char* what) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + what);
    };
    if (block.empty()) {
      if (line.starts_with("## ")) fixtures.push_back({.name = line.substr(3)});
      if (!line.starts_with("```")) continue;
      block = line.substr(3);
      if (fixtures.empty()) fail("a block before the first heading");
      if (block != "events" && block != "parts" && block != "body" && block != "reply") fail("unknown kind of block");
      continue;
    }
    if (line == "```") {
      block.clear();
      continue;
    }
    Fixture& fixture = fixtures.back();
    if (block == "events") fixture.events.push_back(to_event(line));
    if (block == "parts") fixture.parts.push_back(line);
    if (block == "body") fixture.body += line + "\n";
    if (block == "reply") fixture.reply += line + "\n";
  }
  return fixtures;
}

}  // namespace ringload::protocol
