// Event streams as they arrive: whatever the cuts, and whether or not events are learned from and taken whole, the reply
// is the same as when every byte comes alone and every event is read as JSON.
#include "engine/reply_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>

namespace ringload::engine {
namespace {

using Random = std::mt19937_64;
using Cuts = std::vector<size_t>;

constexpr size_t kMaxEventBytes = 1000;

size_t below(Random& random, size_t limit) { return random() % limit; }

struct Reading {
  std::string told;        // all that is known of the reply
  bool framed = false;     // an event was learned with its framing: others like it were taken whole
};

class Reader {
 public:
  explicit Reader(const char* format) {
    plan_.adapter = protocol::find_adapter(format);
    plan_.stream = true;
    exchange_.plan = &plan_;
  }

  Reading read(const std::string& stream, const Cuts& cuts, bool learns) {
    std::array<char, 4096> text;
    std::array<codec::Field, 1> fields = {{{"content-type", "text/event-stream"}}};
    codec::ResponseHead head;
    head.status = 200;
    head.fields = fields;
    exchange_.outcome = Outcome{};
    reader_.begin(exchange_);
    exchange_.reply.text = text.data();
    exchange_.reply.text_capacity = text.size();
    reader_.on_head(exchange_, head, 0);
    if (!learns) exchange_.reply.learning_capacity = 0;
    net::Take take = net::Take::more;
    size_t from = 0;
    for (size_t i = 0; i <= cuts.size() && take == net::Take::more; ++i) {
      const size_t to = i < cuts.size() ? cuts[i] : stream.size();
      take = feed(std::string_view(stream).substr(from, to - from));
      from = to;
    }
    Reading reading;
    reading.framed = exchange_.reply.learned_behind > 0;
    reader_.on_end(exchange_, ErrorClass::ok, {});
    const Outcome& outcome = exchange_.outcome;
    const Reply& reply = exchange_.reply;
    const auto add = [&](const char* name, const std::string& value) { reading.told += name + (" " + value) + "\n"; };
    add("error", std::string(error_class_name(outcome.error)) + " " + std::string(exchange_.detail_text()));
    add("events", std::to_string(outcome.content_events));
    add("answered", std::to_string(outcome.first_answer_token));
    add("tokens", std::to_string(outcome.tokens.prompt) + " " + std::to_string(outcome.tokens.completion));
    add("text", std::string(reply.text, reply.text_size) + " " + std::to_string(reply.text_bytes));
    add("id", reply.id);
    add("flags", std::to_string(exchange_.terminal) + std::to_string(reply.visible));
    reader_.release(exchange_);
    EXPECT_EQ(0u, blocks_.taken());
    return reading;
  }

 private:
  // Behind what arrived stands garbage, here quotes, which would mislead a scan that goes too far.
  net::Take feed(std::string_view bytes) {
    constexpr size_t kSlack = 64;
    const auto memory = std::make_unique<char[]>(bytes.size() + kSlack);
    std::memcpy(memory.get(), bytes.data(), bytes.size());
    std::memset(memory.get() + bytes.size(), '"', kSlack);
    return reader_.on_body(exchange_, {memory.get(), bytes.size()}, 7, nullptr);
  }

  BlockPool blocks_{{8, 8, 8, 8}};
  ReplyReader reader_{blocks_, {.max_event_bytes = kMaxEventBytes}};
  load::ScenarioPlan plan_;
  Exchange exchange_;
};

// Streams as servers, proxies and their faults write them.
class Streams {
 public:
  Streams(const char* format, uint64_t seed) : anthropic_(format == std::string("anthropic")), random_(seed) {}

  std::string next() {
    static const char* const kLineEnds[] = {"\n", "\n", "\r\n", "\r"};
    line_end_ = kLineEnds[below(random_, std::size(kLineEnds))];
    const bool tidy = below(random_, 2) == 0;
    std::string stream = below(random_, 8) == 0 ? "\xef\xbb\xbf" : "";
    for (size_t n = 4 + below(random_, 16); n > 0; --n) stream += event(tidy);
    stream += framed(anthropic_ ? R"({"type":"message_stop"})" : "[DONE]", "message_stop");
    if (!tidy) change(stream);
    return stream;
  }

 private:
  std::string text() {
    static const char* const kPieces[] = {" the", "a", "token", "\\n", "\\\"", "\\\\", "\\ud83d", "é", "世界", "}",
                                          "data: x", "\\\"}}]}", "\\u12", "\t", "\x80", " ",
                                          "longer than sixteen bytes, and longer than thirty-two of them"};
    const bool usual = below(random_, 8) != 0;
    std::string text;
    for (size_t n = below(random_, 4); n > 0; --n) text += kPieces[below(random_, usual ? 3 : std::size(kPieces))];
    if (below(random_, 64) == 0) text.append(kMaxEventBytes, 'x');
    return text;
  }

  std::string framed(const std::string& data, const std::string& type) {
    std::string event;
    if (anthropic_ && below(random_, 32) != 0) event += "event: " + type + line_end_;
    return event + "data: " + data + line_end_ + line_end_;
  }

  std::string event(bool tidy) {
    const std::string content =
        anthropic_ ? R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" + text() + "\"}}"
                   : R"({"id":"c","choices":[{"index":0,"delta":{"content":")" + text() + R"("},"logprobs":null}]})";
    switch (below(random_, tidy ? 40 : 12)) {
      case 0: return ": ping" + line_end_ + line_end_;
      case 1: return line_end_;
      case 2: return "id: " + std::to_string(below(random_, 3)) + line_end_ + framed(content, "content_block_delta");
      case 3: return "event: error" + line_end_ + "data: " + content + line_end_ + line_end_;
      case 4: return "data: {" + line_end_ + "data: }" + line_end_ + line_end_;
      case 5: return framed(R"({"id":"d","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}})", "usage");
      case 6: return "data:" + content + line_end_ + line_end_;
      case 7: return "event: x" + line_end_ + line_end_;
      default: return framed(content, "content_block_delta");
    }
  }

  void change(std::string& stream) {
    static const std::string kInserts[] = {"\"", "\\", "}", "\n", "\r", "\r\n", "\n\n", ":", " ", "\x01", "data"};
    for (size_t n = below(random_, 3); n > 0; --n) {
      const size_t at = below(random_, stream.size());
      switch (below(random_, 3)) {
        case 0: stream.insert(at, kInserts[below(random_, std::size(kInserts))]); break;
        case 1: stream.erase(at, 1 + below(random_, 3)); break;
        default: stream[at] = static_cast<char>(random_());
      }
    }
  }

  const bool anthropic_;
  Random random_;
  std::string line_end_;
};

class ReplyReaderTest : public testing::TestWithParam<const char*> {};

TEST_P(ReplyReaderTest, streams_say_the_same_however_they_are_cut_and_whether_or_not_events_are_learned) {
  constexpr int kStreams = 1500;
  Reader reader(GetParam());
  Streams streams(GetParam(), 5);
  Random random(6);
  int framed = 0;
  for (int i = 0; i < kStreams; ++i) {
    const std::string stream = streams.next();
    Cuts everywhere, some;
    for (size_t at = 1; at < stream.size(); ++at) {
      everywhere.push_back(at);
      if (below(random, 100) == 0) some.push_back(at);
    }
    const std::string expected = reader.read(stream, everywhere, false).told;
    const Reading whole = reader.read(stream, {}, true);
    ASSERT_EQ(whole.told, expected) << stream;
    framed += whole.framed;
    ASSERT_EQ(reader.read(stream, {}, false).told, expected) << stream;
    ASSERT_EQ(reader.read(stream, some, true).told, expected) << stream;
    ASSERT_EQ(reader.read(stream, everywhere, true).told, expected) << stream;
  }
  EXPECT_GT(framed, kStreams / 2) << "the short way was not what this compared";
}

INSTANTIATE_TEST_SUITE_P(Formats, ReplyReaderTest, testing::Values("openai-chat", "anthropic"),
                         [](const auto& info) { return info.index == 0 ? "openai_chat" : "anthropic"; });

}  // namespace
}  // namespace ringload::engine
