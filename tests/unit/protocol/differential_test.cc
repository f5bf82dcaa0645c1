// Generated streams and mutations of them, from fixed seeds: both ways of taking an event agree, and agree with what
// was generated.
#include "differential.h"

#include <gtest/gtest.h>

#include <random>

#include "fixture.h"
#include "protocol/json_string.h"
#include "protocol/registry.h"
#include "stream_under_test.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace ringload::protocol {
namespace {

using Random = std::mt19937_64;

size_t below(Random& random, size_t limit) { return random() % limit; }

template <typename T, size_t N>
const T& pick(Random& random, const T (&of)[N]) {
  return of[below(random, N)];
}

// The inside of a JSON string, of all the kinds that matter to scanning.
std::string random_text(Random& random) {
  static const std::string kPieces[] = {
      " the", "a", "token", "\\n", "\\n\\n", "\\\"", "\\\\", "\\u0000", "\\ud83d", "\\ude42", "é", "世界", "🙂",
      "}", "]}", "\\\"}}]}", "{\\\"a\\\":1}", " ", "\\t", "\x7f", "data: [DONE]",
      "longer text than sixteen bytes, than thirty-two too"};
  std::string text;
  for (size_t n = below(random, 4); n > 0; --n) text += pick(random, kPieces);
  return text;
}

struct Generated {
  std::vector<std::string> events;
  std::string text;        // the answer, as it must be kept
  size_t tokens = 0;       // events with a token
};

// A stream in one server's style: how it spaces, what it adds and in which order.
Generated chat_stream(Random& random) {
  static const char* const kBefore[] = {
      R"({"id":"chatcmpl-9","object":"chat.completion.chunk","created":1700000000,"choices":[{"index":0,"delta":{)",
      R"({"choices":[{"delta":{"role":"assistant",)",
      R"({"id": "x", "choices": [{"index": 0, "finish_reason": null, "delta": { )",
      R"({"choices":[{"index":0,"delta":{"reasoning_content":null,"tool_calls":null,)"};
  static const char* const kBehind[] = {R"(},"logprobs":null,"finish_reason":null}]})",
                                        R"(},"finish_reason":null}],"usage":null})", "} } ] } ",
                                        R"(}}],"obfuscation":"*"})"};
  static const char* const kColon[] = {":", ": "};
  const std::string before = pick(random, kBefore), suffix = pick(random, kBehind), colon = pick(random, kColon);
  const auto padded = [&](std::string event) {
    if (const size_t at = event.rfind('*'); at != std::string::npos) event.replace(at, 1, random_text(random));
    return event;
  };
  Generated stream;
  for (size_t n = 3 + below(random, 20); n > 0; --n) {
    const std::string text = random_text(random);
    const std::string behind = padded(suffix);
    switch (below(random, 12)) {
      case 0:
        stream.events.push_back(before + "\"reasoning\"" + colon + "\"" + text + "\"" + behind);
        stream.tokens += !text.empty();
        break;
      case 1:
        stream.events.push_back(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":)" + std::to_string(n) +
                                "}}");
        break;
      case 2:
        stream.events.push_back(before + "\"content\"" + colon + "null" + behind);
        break;
      default:
        stream.events.push_back(before + "\"content\"" + colon + "\"" + text + "\"" + behind);
        stream.text += text;
        stream.tokens += !text.empty();
    }
  }
  stream.events.push_back("[DONE]");
  return stream;
}

Generated anthropic_stream(Random& random) {
  Generated stream;
  stream.events.push_back(R"({"type":"message_start","message":{"id":"m9","content":[],"usage":{"input_tokens":5}}})");
  const bool type_last = below(random, 2) == 0;
  for (size_t n = 3 + below(random, 20); n > 0; --n) {
    const std::string text = random_text(random);
    static const char* const kKeys[] = {"text", "text", "text", "text", "thinking", "partial_json", "signature"};
    const std::string key = pick(random, kKeys);
    const std::string delta = R"("index":0,"delta":{")" + key + R"(":")" + text + "\"}";
    stream.events.push_back(type_last ? "{" + delta + R"(,"type":"content_block_delta"})"
                                      : R"({"type":"content_block_delta",)" + delta + "}");
    if (key == "text") stream.text += text;
    stream.tokens += key != "signature" && !text.empty();
  }
  stream.events.push_back(R"({"type":"message_stop"})");
  return stream;
}

Generated generate(const Adapter& adapter, Random& random) {
  return adapter.name == "anthropic" ? anthropic_stream(random) : chat_stream(random);
}

void mutate(Random& random, std::string& event) {
  static const std::string kInserts[] = {
      "\"", "\\", "}", "{", "]", "[", ",", ":", " ", "\x01", "\x80", "é", "\\u12", "\\ud8", "null", "0", "1e9", "tru",
      "//", "\"content\":\"x\"", "\"usage\":{\"prompt_tokens\":7},"};
  for (size_t n = 1 + below(random, 2); n > 0; --n) {
    const size_t at = below(random, event.size() + 1);
    switch (below(random, 4)) {
      case 0: event.insert(at, pick(random, kInserts)); break;
      case 1: event.erase(at, 1 + below(random, 3)); break;
      case 2:
        if (at < event.size()) event[at] = static_cast<char>(random());
        break;
      case 3: event.resize(at); break;
    }
  }
}

class DifferentialTest : public testing::TestWithParam<const char*> {};

TEST_P(DifferentialTest, generated_streams_mean_what_was_generated_either_way) {
  const Adapter& adapter = *find_adapter(GetParam());
  size_t events = 0, learned = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    const Generated stream = generate(adapter, random);
    const DifferentialResult result = compare_ways(adapter, stream.events);
    ASSERT_EQ(result.fault, "") << "seed " << seed;
    events += result.events;
    learned += result.learned;

    StreamUnderTest reply(adapter);
    size_t tokens = 0;
    for (const std::string& event : stream.events) {
      const ReplyPart part = reply.event(event);
      ASSERT_FALSE(part.bad || part.error) << event;
      ASSERT_EQ(part.terminal, &event == &stream.events.back());
      tokens += part.has_token();
    }
    ASSERT_EQ(reply.text(), stream.text) << "seed " << seed;
    ASSERT_EQ(reply.reply.text_bytes, unescaped_size(stream.text));
    ASSERT_EQ(tokens, stream.tokens) << "seed " << seed;
  }
  // Otherwise this compared one way with itself.
  EXPECT_GT(learned, events / 5);
}

TEST_P(DifferentialTest, mutated_streams_mean_the_same_either_way) {
  const Adapter& adapter = *find_adapter(GetParam());
  size_t learned = 0;
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    Random random(seed);
    Generated stream = generate(adapter, random);
    for (std::string& event : stream.events) {
      if (below(random, 3) == 0) mutate(random, event);
    }
    const DifferentialResult result = compare_ways(adapter, stream.events);
    ASSERT_EQ(result.fault, "") << "seed " << seed;
    learned += result.learned;
  }
  EXPECT_GT(learned, 1000u);
}

// Every one-byte change of an event that follows one it was learned from.
TEST_P(DifferentialTest, no_changed_byte_goes_unnoticed) {
  const Adapter& adapter = *find_adapter(GetParam());
  const std::string base =
      adapter.name == "anthropic"
          ? R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ab c"}})"
          : R"({"id":"i","choices":[{"index":0,"delta":{"content":"ab c"},"finish_reason":null}]})";
  for (size_t at = 0; at <= base.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = base, inserted = base;
      if (at < base.size()) changed[at] = static_cast<char>(byte);
      inserted.insert(at, 1, static_cast<char>(byte));
      const DifferentialResult result = compare_ways(adapter, {base, changed, inserted, base});
      ASSERT_EQ(result.fault, "") << at << " " << byte;
    }
  }
}

TEST_P(DifferentialTest, the_fixtures_mutated) {
  const Adapter& adapter = *find_adapter(GetParam());
  const auto fixtures = read_fixtures(std::string(FIXTURES) + "/" + std::string(adapter.name) + ".md");
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    for (const Fixture& fixture : fixtures) {
      std::vector<std::string> events;
      for (const auto& event : fixture.events) {
        events.push_back(event.data);
        if (below(random, 2) == 0) mutate(random, events.back());
      }
      ASSERT_EQ(compare_ways(adapter, events).fault, "") << fixture.name << ", seed " << seed;
    }
  }
}

TEST_P(DifferentialTest, the_fuzz_target_takes_the_fixtures) {
  const auto fixtures = read_fixtures(std::string(FIXTURES) + "/" + GetParam() + ".md");
  for (const Fixture& fixture : fixtures) {
    std::string input(1, GetParam() == std::string("anthropic") ? '\1' : '\0');
    for (const auto& event : fixture.events) input += event.data + "\n";
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size()), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Streams, DifferentialTest, testing::Values("openai-chat", "anthropic"),
                         [](const auto& info) { return info.index == 0 ? "openai_chat" : "anthropic"; });

}  // namespace
}  // namespace ringload::protocol
