// Fixed units of work, for counting instructions: `units NAME N` does one of them N times and nothing else. bench/budget
// runs it under callgrind with N and 2N; the difference is free of start-up and of the machine's mood.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codec/chunked.h"
#include "codec/http1.h"
#include "engine/reply_reader.h"
#include "protocol/registry.h"
#include "stats/coarse.h"
#include "stats/recorder.h"

namespace {

using namespace ringload;

constexpr size_t kPadding = 64;  // readable bytes behind every input, as receive buffers have them
constexpr int kEvents = 128;

[[noreturn]] void broken(const char* unit) {
  std::fprintf(stderr, "units: %s did not do its work\n", unit);
  std::exit(1);
}

// Bytes as gateways send them.
std::string head(const char* rest) {
  return std::string("HTTP/1.1 200 OK\r\ndate: Mon, 01 Jan 2024 00:00:00 GMT\r\nserver: uvicorn\r\n") + rest +
         "x-request-id: 0123456789abcdef0123456789abcdef\r\nx-ratelimit-remaining-requests: 59999\r\n"
         "openai-processing-ms: 17\r\n\r\n";
}

std::string chunk(const std::string& data) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

std::string stream_of_events() {
  static const char* const kWords[] = {" the", " quick", " brown", " fox", ",", " jumps", " over", " a"};
  std::string bytes;
  for (int i = 0; i < kEvents; ++i) {
    bytes += chunk(std::string("data: {\"id\":\"chatcmpl-8a7b6c5d4e3f2a1b0c9d\",\"object\":\"chat.completion.chunk\","
                               "\"created\":1741569952,\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":"
                               "{\"content\":\"") + kWords[i % 8] + "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
  }
  return bytes + "0\r\n\r\n";
}

std::string reply_body() {
  std::string content;
  while (content.size() < 440) content += " the quick brown fox jumps over";
  return "{\"id\":\"chatcmpl-8a7b6c5d4e3f2a1b0c9d\",\"object\":\"chat.completion\",\"created\":1741569952,\"model\":"
         "\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" + content +
         "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":128,"
         "\"completion_tokens\":128,\"total_tokens\":256,\"prompt_tokens_details\":{\"cached_tokens\":0},"
         "\"completion_tokens_details\":{\"reasoning_tokens\":0}}}";
}

void read_head(long n) {
  std::string bytes = head("content-type: application/json\r\ncontent-length: 912\r\n");
  codec::HeadFields fields;
  codec::ResponseHead read;
  codec::HeadParser parser;
  for (long i = 0; i < n; ++i) {
    parser.reset();
    if (parser.parse(bytes, fields, read) != codec::HeadParser::Status::done) broken("head");
  }
}

void read_body(long n) {
  const Adapter& adapter = *protocol::find_adapter("openai-chat");
  const auto parser = protocol::make_reply_parser(1 << 20);
  std::string bytes = reply_body();
  const size_t size = bytes.size();
  bytes.append(kPadding, ' ');
  Reply reply;
  for (long i = 0; i < n; ++i) {
    reply.reset();
    if (!adapter.on_body(*parser, reply, {bytes.data(), size}).answer || reply.tokens.completion != 128) broken("body");
  }
}

// Chunk framing, event framing, the wire format and what is noted of each event, for streams of 128 events. The parsers
// leave bytes in place, so the same stream can be read again and again.
void read_events(long n) {
  std::string bytes = stream_of_events();
  const size_t size = bytes.size();
  bytes.append(kPadding, ' ');
  BlockPool blocks({4, 4, 4});
  engine::ReplyReader reader(blocks, {});
  load::ScenarioPlan plan;
  plan.adapter = protocol::find_adapter("openai-chat");
  plan.stream = true;
  const std::array<codec::Field, 1> fields = {{{"content-type", "text/event-stream"}}};
  codec::ResponseHead head;
  head.status = 200;
  head.fields = fields;
  engine::Exchange exchange;
  exchange.plan = &plan;
  for (long done = 0; done < n; done += kEvents) {
    exchange.outcome = {};
    reader.begin(exchange);
    reader.on_head(exchange, head, 1);
    codec::ChunkedDecoder chunks;
    chunks.reset();
    std::span<char> rest(bytes.data(), size);
    for (;;) {
      const auto step = chunks.next(rest);
      rest = rest.subspan(step.consumed);
      if (step.status != codec::ChunkedDecoder::Status::data) break;
      reader.on_body(exchange, step.data, 2, nullptr);
    }
    reader.release(exchange);
    if (exchange.outcome.content_events != kEvents) broken("events");
  }
}

void encode_request(long n) {
  const Adapter& adapter = *protocol::find_adapter("openai-chat");
  const auto fixed = adapter.prepare({.model = "gpt-4o-mini", .system = "", .max_tokens = 128});
  const std::array<std::string_view, 3> pieces = {"12345678901234567890123456789012", " ", "what is the time"};
  const std::array<Message, 1> messages = {{{Role::user, pieces}}};
  std::array<std::string_view, 64> spans;
  size_t bytes = 0;
  for (long i = 0; i < n; ++i) {
    BodyWriter out(spans);
    adapter.encode(*fixed, messages, out);
    bytes += out.bytes();
  }
  if (bytes == 0) broken("encode");
}

Outcome streamed_outcome(long i) {
  Outcome outcome;
  const Nanos us = kMicrosecond * (1 + i * 7919 % 100'000);
  outcome.stream = true;
  outcome.status = 200;
  outcome.intended = outcome.sent = kSecond;
  outcome.sched_lag = us / 100;
  outcome.first_byte = outcome.first_token = outcome.first_answer_token = kSecond + us;
  outcome.last_token = outcome.end = kSecond + 3 * us;
  outcome.tokens = {.prompt = 128, .completion = 128};
  outcome.content_events = 128;
  return outcome;
}

void record_request(long n) {
  stats::Recorder recorder(1);
  stats::CoarseRecorder coarse(4, 1);
  for (long i = 0; i < n; ++i) {
    const Outcome outcome = streamed_outcome(i);
    recorder.count_scheduled(0, false);
    recorder.record(outcome, true);
    coarse.record_end(0, outcome);
  }
}

void record_gap(long n) {
  stats::Recorder recorder(1);
  for (long i = 0; i < n; ++i) recorder.record_gap(0, kMicrosecond * (1 + i * 7919 % 100'000));
}

struct Unit {
  const char* name;
  void (*work)(long n);
};
constexpr Unit kUnits[] = {{"head", read_head},     {"body", read_body},           {"event", read_events},
                           {"encode", encode_request}, {"record", record_request}, {"gap", record_gap}};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    for (const Unit& unit : kUnits) std::puts(unit.name);
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "--compiler") {
    std::puts("g++ " __VERSION__);
    return 0;
  }
  for (const Unit& unit : kUnits) {
    if (argc == 3 && std::string_view(argv[1]) == unit.name) {
      unit.work(std::atol(argv[2]));
      return 0;
    }
  }
  std::fputs("units NAME N | --compiler; without arguments: the names\n", stderr);
  return 2;
}
