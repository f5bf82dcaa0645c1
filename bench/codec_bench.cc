// What reading a response costs: the head, chunk framing, events, the end of a JSON string. Bytes as gateways send
// them.
#include <benchmark/benchmark.h>

#include <string>

#include "codec/chunked.h"
#include "codec/http1.h"
#include "codec/json_scan.h"
#include "codec/sse.h"

namespace {

using namespace ringload::codec;

constexpr size_t kSlack = 64;  // readable bytes behind the input, as receive buffers have them

std::string small_head() {
  return "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Type: application/json\r\n"
         "Content-Length: 512\r\nConnection: keep-alive\r\n\r\n";
}

std::string usual_head() {
  return "HTTP/1.1 200 OK\r\ndate: Mon, 01 Jan 2024 00:00:00 GMT\r\nserver: uvicorn\r\ncontent-length: 512\r\n"
         "content-type: application/json\r\nx-request-id: 0123456789abcdef0123456789abcdef\r\n"
         "x-ratelimit-remaining-requests: 59999\r\nx-ratelimit-remaining-tokens: 149999984\r\n"
         "openai-processing-ms: 17\r\nstrict-transport-security: max-age=15724800\r\n\r\n";
}

std::string event(bool crlf) {
  const std::string end = crlf ? "\r\n" : "\n";
  return R"(data: {"id":"chatcmpl-0123456789abcdef","object":"chat.completion.chunk","created":1700000000,)"
         R"("model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]})" +
         end + end;
}

std::string repeat(const std::string& text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

void parse_head(benchmark::State& state, std::string bytes) {
  HeadFields fields;
  ResponseHead head;
  HeadParser parser;
  for (auto _ : state) {
    parser.reset();
    if (parser.parse(bytes, fields, head) != HeadParser::Status::done) state.SkipWithError("not read");
    benchmark::DoNotOptimize(head);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK_CAPTURE(parse_head, small, small_head());
BENCHMARK_CAPTURE(parse_head, usual, usual_head());
// The head is all that has arrived, or the body came with it.
BENCHMARK_CAPTURE(parse_head, usual_with_body, usual_head() + std::string(512, 'x'));

void parse_head_in_two(benchmark::State& state) {
  std::string bytes = usual_head();
  HeadFields fields;
  ResponseHead head;
  HeadParser parser;
  for (auto _ : state) {
    parser.reset();
    parser.parse(std::span(bytes).first(bytes.size() / 2), fields, head);
    if (parser.parse(bytes, fields, head) != HeadParser::Status::done) state.SkipWithError("not read");
    benchmark::DoNotOptimize(head);
  }
}
BENCHMARK(parse_head_in_two);

void find_field(benchmark::State& state) {
  std::string bytes = usual_head();
  HeadFields fields;
  ResponseHead head;
  HeadParser parser;
  parser.parse(bytes, fields, head);
  for (auto _ : state) benchmark::DoNotOptimize(head.find("Content-Type"));
}
BENCHMARK(find_field);

// One event a chunk, as most servers send them. Times are per chunk.
void read_chunks(benchmark::State& state) {
  const int chunks = 128;
  const std::string body = event(false);
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  std::string bytes = repeat(size + body + "\r\n", chunks) + "0\r\n\r\n";
  for (auto _ : state) {
    ChunkedDecoder decoder;
    std::span<char> rest = bytes;
    int read = 0;
    for (bool data = true; data; ++read) {
      const ChunkedDecoder::Step step = decoder.next(rest);
      benchmark::DoNotOptimize(step.data.data());
      rest = rest.subspan(step.consumed);
      data = step.status == ChunkedDecoder::Status::data;
    }
    if (read != chunks + 1) state.SkipWithError("not read");
  }
  state.SetItemsProcessed(state.iterations() * chunks);
}
BENCHMARK(read_chunks);

// Items are events.
void read_events(benchmark::State& state, const std::string& one, int events) {
  std::string bytes = repeat(one, events);
  for (auto _ : state) {
    SseParser parser;
    parser.reset(16 << 20);
    std::span<char> rest = bytes;
    SseEvent event;
    int read = 0;
    for (SseParser::Step step; (step = parser.next(rest, event)).status == SseParser::Status::event; ++read) {
      benchmark::DoNotOptimize(event);
      rest = rest.subspan(step.consumed);
    }
    if (read != events) state.SkipWithError("not read");
  }
  state.SetItemsProcessed(state.iterations() * events);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}
BENCHMARK_CAPTURE(read_events, lf, event(false), 128);
BENCHMARK_CAPTURE(read_events, crlf, event(true), 128);
BENCHMARK_CAPTURE(read_events, one_at_a_time, event(false), 1);
BENCHMARK_CAPTURE(read_events, small, "data: x\n\n", 128);
BENCHMARK_CAPTURE(read_events, with_type, "event: content_block_delta\n" + event(false), 128);
BENCHMARK_CAPTURE(read_events, three_lines, "data: {\ndata: \"a\": 1\ndata: }\n\n", 128);

void find_string_end(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  const std::string bytes = std::string(size, 'a') + '"' + std::string(kSlack, ' ');
  const std::string_view text(bytes.data(), size + 1);
  for (auto _ : state) benchmark::DoNotOptimize(plain_string_end(text));
}
BENCHMARK(find_string_end)->Arg(5)->Arg(20)->Arg(100)->Arg(2000);

}  // namespace
