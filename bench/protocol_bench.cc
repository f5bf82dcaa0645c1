// What one event of a stream, one whole reply and one request cost in wire formats: the way of events that were learned
// from, each kind of text on it, and the way of those that are read as JSON.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "protocol/registry.h"

namespace {

using namespace ringload;

// An event as a gateway sends it: 214 bytes around the text.
std::string chat_event(const std::string& text) {
  return R"({"id":"chatcmpl-8a7b6c5d4e3f2a1b0c9d","object":"chat.completion.chunk","created":1741569952,)"
         R"("model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":)"
         R"({"content":")" + text + R"("},"logprobs":null,"finish_reason":null}]})";
}

std::string anthropic_event(const std::string& text) {
  return R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" + text + R"("}})";
}

struct Shard {
  protocol::ReplyParserPtr parser = protocol::make_reply_parser(1 << 20);
  std::array<char, 1024> learned;
  std::array<char, 1 << 16> text;
};

enum Ways : int { learns = 1, keeps = 2 };

// `events` over and over, as one stream; the time is that of one event.
void stream(benchmark::State& state, const char* format, const std::vector<std::string>& events, int ways) {
  constexpr size_t kPadding = 64;
  const Adapter& adapter = *protocol::find_adapter(format);
  Shard shard;
  Reply reply;
  reply.reset();
  if (ways & learns) reply.learning = shard.learned.data(), reply.learning_capacity = shard.learned.size();
  if (ways & keeps) reply.text = shard.text.data(), reply.text_capacity = shard.text.size();
  std::string bytes;
  std::vector<std::pair<size_t, size_t>> places;
  for (const std::string& event : events) {
    places.push_back({bytes.size(), event.size()});
    bytes += event + "\n\ndata: ";
  }
  bytes.append(kPadding, ' ');
  uint64_t tokens = 0;
  for (auto _ : state) {
    for (const auto& [at, size] : places) {
      tokens += adapter.on_event(*shard.parser, reply, {}, {bytes.data() + at, size}).has_token();
    }
    reply.text_size = 0;
  }
  benchmark::DoNotOptimize(tokens);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(events.size()));
  state.counters["time/event"] =
      benchmark::Counter(static_cast<double>(events.size()), benchmark::Counter::kIsIterationInvariantRate |
                                                                 benchmark::Counter::kInvert);
}

std::vector<std::string> texts(const std::vector<std::string>& words, std::string (*event)(const std::string&)) {
  std::vector<std::string> events;
  for (int i = 0; i < 128; ++i) events.push_back(event(words[static_cast<size_t>(i) % words.size()]));
  return events;
}

const std::vector<std::string> kWords = {" the", " quick", " brown", " fox", ",", " jumps", " over", " a"};
const std::vector<std::string> kChinese = {"你", "好", "世界", "，", "今天", "天气"};
const std::vector<std::string> kEscapes = {"\\n", "\\\"", "\\n\\n", "{\\\"a\\\":"};

BENCHMARK_CAPTURE(stream, chat_learned, "openai-chat", texts(kWords, chat_event), learns);
BENCHMARK_CAPTURE(stream, chat_learned_and_kept, "openai-chat", texts(kWords, chat_event), learns | keeps);
BENCHMARK_CAPTURE(stream, chat_learned_chinese, "openai-chat", texts(kChinese, chat_event), learns);
BENCHMARK_CAPTURE(stream, chat_learned_escapes, "openai-chat", texts(kEscapes, chat_event), learns);
BENCHMARK_CAPTURE(stream, chat_read, "openai-chat", texts(kWords, chat_event), 0);
BENCHMARK_CAPTURE(stream, anthropic_learned, "anthropic", texts(kWords, anthropic_event), learns);
BENCHMARK_CAPTURE(stream, anthropic_read, "anthropic", texts(kWords, anthropic_event), 0);

// A whole unstreamed reply of about 900 bytes.
void body(benchmark::State& state) {
  std::string content;
  while (content.size() < 440) content += " the quick brown fox jumps over";
  std::string bytes =
      R"({"id":"chatcmpl-8a7b6c5d4e3f2a1b0c9d","object":"chat.completion","created":1741569952,)"
      R"("model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":")" + content +
      R"(","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":128,)"
      R"("completion_tokens":128,"total_tokens":256,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},)"
      R"("completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,)"
      R"("rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":"fp_44709d6fcb"})";
  const size_t size = bytes.size();
  bytes.append(64, ' ');
  const Adapter& adapter = *protocol::find_adapter("openai-chat");
  Shard shard;
  Reply reply;
  for (auto _ : state) {
    reply.reset();
    benchmark::DoNotOptimize(adapter.on_body(*shard.parser, reply, {bytes.data(), size}));
  }
  state.counters["bytes"] = static_cast<double>(size);
}
BENCHMARK(body);

// One request of a conversation with as many turns as the argument says.
void encode(benchmark::State& state) {
  const Adapter& adapter = *protocol::find_adapter("openai-chat");
  const auto fixed = adapter.prepare({.model = "m", .system = "Be brief.", .max_tokens = 128, .stream = true});
  const std::array<std::string_view, 3> pieces = {"12345678901234567890123456789012", " ", "what is the time"};
  std::vector<Message> messages;
  for (int64_t i = 0; i < state.range(0); ++i) {
    messages.push_back({i % 2 == 0 ? Role::user : Role::assistant, pieces});
  }
  std::array<std::string_view, 64> spans;
  for (auto _ : state) {
    BodyWriter out(spans);
    adapter.encode(*fixed, messages, out);
    benchmark::DoNotOptimize(out.bytes());
  }
}
BENCHMARK(encode)->Arg(1)->Arg(7);

}  // namespace
