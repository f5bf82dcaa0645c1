// Replays the fixtures of every format: with events learned and without, with the reply's text kept and without.
#include "fixture.h"

#include <gtest/gtest.h>

#include "stream_under_test.h"

namespace ringload::protocol {
namespace {

class FixtureTest : public testing::TestWithParam<const Adapter*> {};

void replay(const Adapter& adapter, const Fixture& fixture, Memory memory) {
  StreamUnderTest stream(adapter, memory);
  std::vector<std::string> parts;
  std::string error;
  for (const auto& [type, data] : fixture.events) {
    parts.push_back(describe(stream.event(data, type)));
    // error_text holds until the next call only.
    if (!stream.reply.error_text.empty()) error = stream.reply.error_text;
    stream.reply.error_text = {};
  }
  stream.reply.error_text = error;
  if (!fixture.body.empty()) parts.push_back(describe(stream.body(fixture.body)));
  EXPECT_EQ(parts, fixture.parts);
  std::string expected = fixture.reply;
  if (memory.text == 0 && expected.find("text: ") != std::string::npos) {
    const size_t at = expected.find("text: ");
    expected.erase(at, expected.find('\n', at) + 1 - at);
  }
  EXPECT_EQ(describe(stream.reply), expected);
}

TEST_P(FixtureTest, replays) {
  const Adapter& adapter = *GetParam();
  const auto fixtures = read_fixtures(std::string(FIXTURES) + "/" + std::string(adapter.name) + ".md");
  EXPECT_GE(fixtures.size(), 3u);
  for (const Fixture& fixture : fixtures) {
    SCOPED_TRACE(fixture.name);
    EXPECT_NE(fixture.events.empty(), fixture.body.empty()) << "either events or a body";
    for (const uint32_t learned : {0u, 64u, 400u, 4096u}) {
      for (const uint32_t text : {0u, 1u << 16}) replay(adapter, fixture, {.text = text, .learned = learned});
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, FixtureTest, testing::ValuesIn(adapters().begin(), adapters().end()),
                         [](const auto& info) {
                           std::string name(info.param->name);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(Registry, finds_each_adapter_by_its_name) {
  for (const Adapter* adapter : adapters()) EXPECT_EQ(find_adapter(adapter->name), adapter);
  EXPECT_EQ(find_adapter("openai"), nullptr);
  EXPECT_EQ(find_adapter(""), nullptr);
}

}  // namespace
}  // namespace ringload::protocol
