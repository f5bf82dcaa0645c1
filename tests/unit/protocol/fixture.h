// Wire fixtures: Markdown that is test and description at once. Under a "## name" heading stand fenced blocks:
//
//   ```events   one event's data a line; "type | data" when the event has a type of its own
//   ```parts    what each event says, a line each: answer, reasoning, terminal, error, bad, or - for nothing
//   ```body     an unstreamed reply, in place of events; then `parts` has one line
//   ```reply    what the reply says in the end, "field: value" lines
#pragma once
#include <string>
#include <vector>

namespace ringload::protocol {

struct Fixture {
  struct Event {
    std::string type, data;
  };
  std::string name;
  std::vector<Event> events;
  std::string body;
  std::vector<std::string> parts;
  std::string reply;
};

// Throws std::runtime_error, naming the line, when the file is not as described.
std::vector<Fixture> read_fixtures(const std::string& path);

}  // namespace ringload::protocol
