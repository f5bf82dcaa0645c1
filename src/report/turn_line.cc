// Written once per request, so without floating point, allocation or a formatting library: every time is whole µs,
// printed as ms with three decimals (formatting a double costs five times as much).
#include <algorithm>
#include <cstring>
#include <string_view>

#include "report/json_out.h"
#include "report/turn_record.h"

namespace ringload::report {
namespace {

constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (unsigned i = 0; i < 100; ++i) {
    pairs[i * 2] = static_cast<char>('0' + i / 10);
    pairs[i * 2 + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// Every `key` holds the comma, quotes and colon. Negative values do not apply: null.
class Line {
 public:
  explicit Line(char* begin) : begin_(begin), at_(begin) {}

  void raw(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  template <size_t N>
  void raw(const char (&literal)[N]) {
    std::memcpy(at_, literal, N - 1);
    at_ += N - 1;
  }

  template <size_t N>
  void count(const char (&key)[N], uint64_t value) {
    raw(key);
    digits(value);
  }
  template <size_t N>
  void integer(const char (&key)[N], int64_t value) {
    raw(key);
    value < 0 ? raw("null") : digits(static_cast<uint64_t>(value));
  }
  template <size_t N>
  void flag(const char (&key)[N], bool value) {
    raw(key);
    value ? raw("true") : raw("false");
  }
  template <size_t N>
  void ms(const char (&key)[N], int64_t ns) {
    raw(key);
    if (ns < 0) return raw("null");
    const uint64_t us = (static_cast<uint64_t>(ns) + 500) / 1000;
    digits(us / 1000);
    const auto rest = static_cast<unsigned>(us % 1000);
    *at_++ = '.';
    *at_++ = static_cast<char>('0' + rest / 100);
    std::memcpy(at_, &kPairs[rest % 100 * 2], 2);
    at_ += 2;
  }
  template <size_t N>
  void string(const char (&key)[N], std::string_view value) {
    raw(key);
    *at_++ = '"';
    text(value);
    *at_++ = '"';
  }
  void text(std::string_view value) { at_ = escape_json(at_, value); }

  size_t size() const { return static_cast<size_t>(at_ - begin_); }

 private:
  void digits(uint64_t value) {
    char buffer[20];
    char* begin = buffer + sizeof buffer;
    while (value >= 100) {
      begin -= 2;
      std::memcpy(begin, &kPairs[value % 100 * 2], 2);
      value /= 100;
    }
    if (value >= 10) {
      begin -= 2;
      std::memcpy(begin, &kPairs[value * 2], 2);
    } else {
      *--begin = static_cast<char>('0' + value);
    }
    raw(std::string_view(begin, static_cast<size_t>(buffer + sizeof buffer - begin)));
  }

  char* begin_;
  char* at_;
};

int64_t since(int64_t from, int64_t to) { return from < 0 || to < 0 ? -1 : std::max<int64_t>(0, to - from); }

// Over the tokens that were streamed, as the recorder counts them: without reasoning that usage tells and nobody sent.
int64_t time_per_token(const Outcome& o) {
  int64_t tokens = o.tokens.completion;
  const int64_t answer = tokens - o.tokens.reasoning;
  if (o.tokens.reasoning > 0 && answer >= 0 && o.first_answer_token == o.first_token &&
      static_cast<int64_t>(o.content_events) <= answer)
    tokens = answer;
  if (tokens < 2 || o.first_token < 0 || o.last_token < o.first_token) return -1;
  return (o.last_token - o.first_token) / (tokens - 1);
}

void write_error(Line& line, const Outcome& outcome, const TurnTexts* texts) {
  line.raw(",\"err\":\"");
  line.raw(error_class_name(outcome.error));
  if (texts != nullptr && texts->detail_size > 0) {
    line.raw(": ");
    line.text({texts->detail.data(), texts->detail_size});
  } else if (outcome.shed) {
    line.raw(": shed");  // tells it from a request that failed for want of buffers
  }
  line.raw("\"");
  if (texts != nullptr && texts->body_size > 0) line.string(",\"err_body\":", {texts->body.data(), texts->body_size});
}

}  // namespace

size_t format_turn(const TurnRecord& record, const TurnTexts* texts, const TurnNames& names, std::span<char> out) {
  const Outcome& o = record.outcome;
  const TurnNames::Scenario& scenario = names.scenarios[o.scenario];
  const bool known_stage = record.stage >= 1 && record.stage <= names.stages.size();
  Line line(out.data());
  line.count("{\"stage\":", record.stage);
  line.raw(",\"concurrency\":");
  line.raw(known_stage ? std::string_view(names.stages[record.stage - 1].concurrency) : "null");
  line.raw(",\"rate\":");
  line.raw(known_stage ? std::string_view(names.stages[record.stage - 1].rate) : "null");
  line.raw(",\"scenario\":");
  line.raw(std::string_view(scenario.name));
  line.raw(",\"protocol\":");
  line.raw(std::string_view(scenario.protocol));
  line.raw(",\"target\":");
  line.raw(std::string_view(scenario.target));
  line.string(",\"conv_uuid\":", {record.uuid.data(), record.uuid.size()});
  line.count(",\"turn\":", record.turn);
  line.count(",\"turns_total\":", record.turns_total);
  line.flag(",\"stream\":", o.stream);
  line.integer(",\"start_unix_ms\":", (o.intended + names.unix_offset_ns) / 1'000'000);
  line.integer(",\"sched_lag_us\":", o.sched_lag < 0 ? -1 : (o.sched_lag + 500) / 1000);
  line.ms(",\"latency_ms\":", o.shed ? -1 : since(o.intended, o.end));  // nobody waited for what was never asked
  line.ms(",\"service_ms\":", since(o.sent, o.end));
  line.ms(",\"ttfb_ms\":", since(o.intended, o.first_byte));
  line.ms(",\"ttft_ms\":", o.stream ? since(o.intended, o.first_token) : -1);
  line.ms(",\"ttfot_ms\":", o.stream ? since(o.intended, o.first_answer_token) : -1);
  line.ms(",\"itl_mean_ms\":", o.stream && o.content_events > 1 ? o.itl_sum / (o.content_events - 1) : -1);
  line.ms(",\"itl_max_ms\":", o.stream ? o.itl_max : -1);
  line.ms(",\"tpot_ms\":", o.stream ? time_per_token(o) : -1);
  line.ms(",\"dns_ms\":", o.dns);
  line.ms(",\"conn_ms\":", o.connect);
  line.ms(",\"tls_ms\":", o.tls);
  line.ms(",\"transfer_ms\":", since(o.first_byte, o.end));
  line.flag(",\"reused\":", o.reused);
  line.integer(",\"status\":", o.status);
  line.integer(",\"prompt_tokens\":", o.tokens.prompt);
  line.integer(",\"cached_tokens\":", o.tokens.cached);
  line.integer(",\"completion_tokens\":", o.tokens.completion);
  line.integer(",\"reasoning_tokens\":", o.tokens.reasoning);
  line.flag(",\"tokens_estimated\":", o.tokens.estimated);
  // An answer that broke off before it could be read has no length of 0.
  const bool read = o.status == 200 && (record.content_bytes > 0 || o.error == ErrorClass::ok ||
                                        o.error == ErrorClass::empty_completion);
  line.integer(",\"content_len\":", read ? static_cast<int64_t>(record.content_bytes) : -1);
  line.integer(",\"bytes_sent\":", o.sent < 0 ? -1 : static_cast<int64_t>(o.bytes_sent));
  line.integer(",\"bytes_received\":", o.bytes_received == 0 ? -1 : static_cast<int64_t>(o.bytes_received));
  if (record.response_id_size > 0)
    line.string(",\"response_id\":", {record.response_id.data(), record.response_id_size});
  if (record.trace_id_size > 0) line.string(",\"trace_id\":", {record.trace_id.data(), record.trace_id_size});
  line.flag(",\"warmup\":", o.warmup);
  if (record.retried) line.raw(",\"retried\":true");
  if (o.error == ErrorClass::ok) {
    line.raw(",\"err\":null");
  } else {
    write_error(line, o, texts);
  }
  line.raw("}\n");
  return line.size();
}

}  // namespace ringload::report
