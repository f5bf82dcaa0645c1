// Replays every fixture of the files named on the command line: whole, byte by byte, and cut at every place (short ones
// at every two), each piece against a page that cannot be read. The events must be the same each time.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <iostream>
#include <set>

#include "fixture.h"
#include "replay.h"

namespace ringload::wire {
namespace {

constexpr size_t kEveryCut = 2048;       // inputs up to this size are cut at every place
constexpr size_t kEveryTwoCuts = 100;    // and up to this one at every two
constexpr size_t kLongEdge = 300;        // longer ones: byte by byte, and cut, this near to begin and end
constexpr size_t kLongStep = 977;        // and in steps between

class WireFixture : public testing::Test {
 public:
  explicit WireFixture(Fixture fixture) : fixture_(std::move(fixture)), bytes_(fixture_.bytes) {
    for (const Expected& expected : fixture_.expected) expected_ += expected.text + '\n';
    for (size_t at = 1; at < bytes_.size();) {
      cuts_.push_back(at);
      const bool edge = bytes_.size() <= kEveryCut || at < kLongEdge || at + kLongEdge >= bytes_.size();
      at = edge ? at + 1 : std::min(at + kLongStep, bytes_.size() - kLongEdge);
    }
  }

  void TestBody() override {
    Guarded memory(bytes_.size());
    memory_ = &memory;
    for (const Placement placement : {Placement::end, Placement::begin}) {
      check({}, placement);
      check_stepwise(placement);
      for (const size_t cut : cuts_) check({cut}, placement);
      if (HasFailure()) return;
    }
    if (bytes_.size() > kEveryTwoCuts) return;
    for (size_t first = 1; first < bytes_.size(); ++first) {
      for (size_t second = first + 1; second < bytes_.size(); ++second) check({first, second}, Placement::end);
    }
  }

 private:
  std::unique_ptr<Replay> replay(const std::vector<size_t>& cuts, Placement placement) {
    auto replay = make_replay(fixture_.info, *memory_, placement);
    size_t from = 0;
    for (const size_t cut : cuts) {
      replay->feed(bytes_.substr(from, cut - from));
      from = cut;
    }
    replay->feed(bytes_.substr(from));
    replay->finish();
    return replay;
  }

  void check(const std::vector<size_t>& cuts, Placement placement) {
    if (HasFailure()) return;  // one cut shows it
    EXPECT_EQ(replay(cuts, placement)->lines(), expected_)
        << fixture_.file << ":" << fixture_.line << ": cut at " << testing::PrintToString(cuts);
  }

  // Byte by byte: also when each event is known.
  void check_stepwise(Placement placement) {
    const auto replayed = replay(cuts_, placement);
    const std::vector<Event>& events = replayed->events();
    ASSERT_EQ(replayed->lines(), expected_) << fixture_.file << ":" << fixture_.line << ": byte by byte";
    for (size_t i = 0; i < events.size(); ++i) {
      const auto at = fixture_.expected[i].at;
      if (at) {
        EXPECT_EQ(events[i].at, *at) << fixture_.file << ":" << fixture_.line << ": when " << events[i].text;
      }
    }
  }

  Fixture fixture_;
  std::string_view bytes_;
  std::string expected_;
  std::vector<size_t> cuts_;
  Guarded* memory_ = nullptr;
};

// "A bare LF ends a line" → "a_bare_LF_ends_a_line": what a test may be called.
std::string test_name(const std::string& title) {
  std::string name;
  for (const char c : title) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  while (name.ends_with('_')) name.pop_back();
  return name;
}

void register_file(const std::string& path) {
  const std::string suite = "wire_" + test_name(std::filesystem::path(path).stem().string());
  std::set<std::string> names;
  Guarded memory(0);
  for (const Fixture& fixture : read_fixtures(path)) {
    make_replay(fixture.info, memory, Placement::end);  // throws here, not in the middle, when there is no such kind
    const std::string name = test_name(fixture.title);
    if (!names.insert(name).second) throw std::runtime_error(path + ": two fixtures are called " + name);
    testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, path.c_str(), fixture.line,
                          [fixture]() -> WireFixture* { return new WireFixture(fixture); });
  }
}

}  // namespace
}  // namespace ringload::wire

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    for (int i = 1; i < argc; ++i) ringload::wire::register_file(argv[i]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  if (argc < 2) {
    std::cerr << "usage: wire_fixtures FILE.md…\n";
    return 2;
  }
  return RUN_ALL_TESTS();
}
