// The half of a shard that reads requests and decides how they will be answered.
#include <fmt/format.h>

#include <cstring>

#include "mock/shard.h"

namespace ringload::mock {
namespace {

constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
// Any model is served; these are listed.
constexpr std::string_view kModels[] = {"gpt-4o", "gpt-4o-mini", "claude-sonnet-4-0", "text-embedding-3-small",
                                        "fake-openai-endpoint"};
constexpr std::string_view kRequestIdPrefix = "req_";
// What a client may send ahead of its answer.
constexpr size_t kMostHeld = 1 << 20;
constexpr uint32_t kDefaultOutputTokens = 128;

bool generates(Endpoint endpoint) { return endpoint <= Endpoint::embeddings; }

Api api_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::completions: return Api::completions;
    case Endpoint::messages: return Api::messages;
    case Endpoint::embeddings: return Api::embeddings;
    default: return Api::chat;
  }
}

}  // namespace

// Reads as many requests as `input` (with what was held before it) allows; the rest is held.
void MockShard::consume(ClientConnection& connection, std::span<char> input, Nanos at) {
  if (connection.held_size > 0) {
    hold(connection, input);
    if (connection.closing) return;
    input = {connection.held.data, connection.held_size};
  }
  while (!connection.closing && connection.answer.kind == Answer::Kind::none && !input.empty()) {
    switch (connection.reader.next(input, pool_)) {
      case RequestReader::Status::request:
        begin_answer(connection, at);
        handle_request(connection, at);
        connection.reader.release(pool_);
        continue;
      case RequestReader::Status::go_on:
        connection.go_on_in_flight = true;
        send(connection, kGoOn);
        continue;
      case RequestReader::Status::bad:
        handle_broken(connection, at);
        input = {};
        break;
      case RequestReader::Status::more: break;
    }
    break;
  }
  if (connection.closing) return;
  if (input.empty()) {
    pool_.give(connection.held);
    connection.held_size = 0;
  } else if (input.data() >= connection.held.data && input.data() < connection.held.data + connection.held_size) {
    std::memmove(connection.held.data, input.data(), input.size());
    connection.held_size = static_cast<uint32_t>(input.size());
  } else {
    hold(connection, input);
  }
}

// Puts `rest` behind what is held already.
void MockShard::hold(ClientConnection& connection, std::span<char> rest) {
  if (rest.empty()) return;
  const size_t need = connection.held_size + rest.size();
  const bool room = need <= connection.held.size ||
                    (need <= kMostHeld && (connection.held.empty()
                                               ? !(connection.held = pool_.take(need)).empty()
                                               : pool_.grow(connection.held, connection.held_size, need)));
  if (!room) return close(connection);
  std::memcpy(connection.held.data + connection.held_size, rest.data(), rest.size());
  connection.held_size = static_cast<uint32_t>(need);
}

// Sets up what every answer needs, from the request's head.
void MockShard::begin_answer(ClientConnection& connection, Nanos at) {
  const RequestHead& head = connection.reader.head();
  Answer& answer = connection.answer;
  answer.endpoint = endpoint_of(head.path());
  // What is unknown below /v1/messages is refused in Anthropic's words too.
  const bool anthropic = answer.endpoint == Endpoint::unknown && head.path().starts_with(path_of(Endpoint::messages));
  answer.responder = anthropic ? &kMessagesResponder : &responder_of(api_of(answer.endpoint));
  answer.http_1_0 = head.http_1_0;
  answer.keep = !head.keep_alive ? Connection::close : head.http_1_0 ? Connection::keep_1_0 : Connection::keep;
  answer.head_only = head.method == Method::head;
  answer.head_sent = answer.complete = answer.admitted = false;
  answer.arrived = answer.due = at;
  answer.service = -1;
  answer.released = answer.next_event = 0;
  answer.fault = {};
  answer.fault_at = UINT32_MAX;
  ++requests_;
  answer.reply.id = ReplyId::of(id_salt_ ^ requests_);
  if (const std::string_view id = head.request_id(); !id.empty()) {
    std::memcpy(answer.request_id, id.data(), id.size());
    answer.request_id_size = static_cast<uint8_t>(id.size());
  } else {
    std::memcpy(answer.request_id, kRequestIdPrefix.data(), kRequestIdPrefix.size());
    std::memcpy(answer.request_id + kRequestIdPrefix.size(), answer.reply.id.digits.data(), 16);
    answer.request_id_size = static_cast<uint8_t>(kRequestIdPrefix.size() + 16);
  }
}

void MockShard::handle_request(ClientConnection& connection, Nanos at) {
  const RequestHead& head = connection.reader.head();
  Answer& answer = connection.answer;
  counters_.running.add();
  if (answer.endpoint == Endpoint::unknown) {
    return answer_error(connection, {404, "invalid_request_error",
                                     fmt::format("Invalid URL ({} {})", head.method_name(), head.path()), "", ""},
                        at);
  }
  const bool generating = generates(answer.endpoint);
  const bool allowed = generating ? head.method == Method::post
                                  : head.method == Method::get || head.method == Method::head;
  if (!allowed) {
    return answer_error(
        connection,
        {405, "invalid_request_error",
         fmt::format("Not allowed to {} on {} (HINT: Perhaps you meant to {}?)", head.method_name(), head.path(),
                     generating ? "POST" : "GET"),
         "", "method_not_supported"},
        at, -1, generating ? "POST" : "GET, HEAD");
  }
  switch (answer.endpoint) {
    case Endpoint::health: return answer_ready(connection, 200, "application/json", R"({"status":"ok"})", at);
    case Endpoint::metrics:
      return answer_ready(connection, 200, "text/plain; version=0.0.4; charset=utf-8",
                          metrics_text(shared_.all_counters()), at);
    case Endpoint::models: return answer_models(connection, at);
    default: return handle_generation(connection, api_of(answer.endpoint), at);
  }
}

void MockShard::handle_generation(ClientConnection& connection, Api api, Nanos at) {
  Answer& answer = connection.answer;
  Reply& reply = answer.reply;
  if (plan_.outage && plan_.outage->contains(at - shared_.started)) {
    const Nanos left = shared_.started + plan_.outage->begin + plan_.outage->length - at;
    return answer_error(connection, {503, "server_error", "The server is down for an outage.", "", ""}, at, left);
  }
  if (auto error = bodies_.parse(api, connection.reader.body(), reply.request)) {
    return answer_error(connection, *error, at);
  }
  const int64_t most = reply.request.max_tokens == 0 ? kMostOutputTokens
                                                     : std::min<int64_t>(reply.request.max_tokens, kMostOutputTokens);
  const int64_t wish = plan_.output_tokens > 0       ? plan_.output_tokens
                       : reply.request.max_tokens > 0 ? most
                                                      : kDefaultOutputTokens;
  reply.output_tokens = static_cast<uint32_t>(std::min(wish, most));
  reply.cut = reply.request.max_tokens > 0 && reply.output_tokens == reply.request.max_tokens;
  reply.created = clock_.unix_seconds();
  reply.stamped = plan_.stamp;
  if (api == Api::embeddings) reply.output_tokens = 0;
  const bool stream = reply.request.stream && answer.responder->streams;
  if (!stream && BlockPool::class_of(kMaxHead + answer.responder->body_bound(reply)) == BlockPool::kClasses) {
    return answer_error(connection, {400, "invalid_request_error", "The answer would be larger than 16 MiB.", "", ""},
                        at);
  }

  Nanos begin = at;
  if (shared_.limits.any()) {
    const auto verdict = shared_.limits.admit(at, uint64_t{reply.request.prompt_tokens} + reply.events());
    if (verdict.refusal != Limits::Refusal::none) {
      const bool overloaded = verdict.refusal == Limits::Refusal::queue;
      const bool tokens = verdict.refusal == Limits::Refusal::tokens_per_minute;
      return answer_error(connection,
                          {overloaded ? 503 : 429, overloaded ? "server_error" : tokens ? "tokens" : "requests",
                           std::string(describe(verdict.refusal)), "", overloaded ? "" : "rate_limit_exceeded"},
                          at, verdict.retry_after);
    }
    answer.admitted = true;
    answer.service = verdict.service;
    begin = verdict.begin;
  }

  const bool draws = !plan_.faults.empty() || !plan_.ttft.is_constant() || !plan_.itl.is_constant();
  if (draws) connection.prng = Prng(seed_of(plan_.seed, options_.index, requests_));
  if (!plan_.faults.empty()) {
    answer.fault = plan_.faults.draw(connection.prng);
    counters_.faults[static_cast<unsigned>(answer.fault.kind)].add();
    if (answer.fault.kind == FaultKind::status) {
      return answer_error(connection, injected_error(answer.fault.status), at);
    }
    if (answer.fault.kind == FaultKind::empty) reply.output_tokens = 0;
  }

  counters_.answers[static_cast<unsigned>(answer.endpoint)][200 - kLowestStatus].add();
  counters_.prompt_tokens.add(reply.request.prompt_tokens);
  answer.due = begin + plan_.ttft.draw(connection.prng);
  if (stream) {
    counters_.streams.add();
    answer.kind = Answer::Kind::stream;
    answer.fault_at = answer.fault.kind == FaultKind::none || answer.fault.kind == FaultKind::empty
                          ? UINT32_MAX
                          : reply.events() / 2;
    if (answer.http_1_0) answer.keep = Connection::close;  // its end is the end of the connection
  } else {
    answer.kind = Answer::Kind::whole;
    if (reply.output_tokens > 1) answer.due += plan_.itl.draw_sum(connection.prng, reply.output_tokens - 1);
    if (answer.fault.kind == FaultKind::stall) answer.due += answer.fault.duration;
  }
  pump(connection, at);
}

// A request that could not be read: answered, and nothing more is read from this connection.
void MockShard::handle_broken(ClientConnection& connection, Nanos at) {
  const RequestFault fault = connection.reader.fault();
  begin_answer(connection, at);
  Answer& answer = connection.answer;
  // Its head may be unfinished: nothing of it is trusted.
  answer.endpoint = Endpoint::unknown;
  answer.responder = &kChatResponder;
  answer.http_1_0 = answer.head_only = false;
  answer.keep = Connection::close;
  counters_.running.add();
  answer_error(connection, {status_of(fault), "invalid_request_error", std::string(describe(fault)), "", ""}, at);
}

void MockShard::answer_models(ClientConnection& connection, Nanos at) {
  std::string body = R"({"object":"list","data":[)";
  bool first = true;
  for (const std::string_view model : kModels) {
    body += fmt::format(R"({}{{"id":"{}","object":"model","created":1715367049,"owned_by":"ringload-mock"}})",
                        first ? "" : ",", model);
    first = false;
  }
  answer_ready(connection, 200, "application/json", body + "]}", at);
}

void MockShard::answer_error(ClientConnection& connection, const ApiError& error, Nanos at, Nanos retry_after,
                             std::string_view allow) {
  answer_ready(connection, error.status, "application/json", connection.answer.responder->error_body(error), at,
               retry_after, allow);
}

void MockShard::answer_ready(ClientConnection& connection, int status, std::string_view content_type,
                             std::string_view body, Nanos at, Nanos retry_after, std::string_view allow) {
  Answer& answer = connection.answer;
  const auto index = static_cast<unsigned>(status) - kLowestStatus;
  counters_.answers[static_cast<unsigned>(answer.endpoint)][index].add();
  connection.out = pool_.take(kMaxHead + body.size());
  if (connection.out.empty()) return close(connection);
  ResponseHead head = head_of(connection, status, at);
  head.content_type = content_type;
  head.content_length = body.size();
  head.retry_after = retry_after;
  head.allow = allow;
  TextWriter out({connection.out.data, connection.out.size});
  append_head(out, head);
  if (!answer.head_only) out.text(body);
  connection.ready = out.written();
  answer.kind = Answer::Kind::ready;
  pump(connection, at);
}

}  // namespace ringload::mock
