// The half of a shard that sends answers when they are due.
#include <fmt/format.h>

#include <cstring>

#include "mock/shard.h"

namespace ringload::mock {
namespace {

// At most so many sends are gathered before the kernel gets them, so that none waits long for those in front of it.
// Stamped ones are not gathered at all.
constexpr unsigned kSendsPerSubmit = 8;
// How long to wait for memory when all of it is in flight.
constexpr Nanos kMemoryRetry = kMillisecond;
// From so many events on a stream's part is rendered in a stream block.
constexpr uint32_t kBlockFrom = 8;
// Events that are rendered in a small block at a time.
constexpr uint32_t kMostSmall = 64;

}  // namespace

// Sends what is due of the connection's answer, or arms its timer. One send is in flight at a time; what becomes due
// meanwhile goes into the next.
void MockShard::pump(ClientConnection& connection, Nanos now) {
  if (connection.closing || stream_of(connection).send_in_flight) return;
  switch (connection.answer.kind) {
    case Answer::Kind::none: return;
    case Answer::Kind::ready:
      connection.answer.complete = true;
      return send(connection, connection.ready);
    case Answer::Kind::whole: return pump_whole(connection, now);
    case Answer::Kind::stream: return pump_stream(connection, now);
  }
}

void MockShard::pump_whole(ClientConnection& connection, Nanos now) {
  Answer& answer = connection.answer;
  if (now < answer.due) return wheel_.set(connection, answer.due);
  if (answer.fault.kind == FaultKind::stream_error) {
    const std::string body = answer.responder->error_body(injected_error(500));
    connection.out = pool_.take(kMaxHead + body.size());
    if (connection.out.empty()) return retry_later(connection, now);
    TextWriter out({connection.out.data, connection.out.size});
    ResponseHead head = head_of(connection, 200, now);
    head.content_length = body.size();
    append_head(out, head);
    out.text(body);
    answer.complete = true;
    return send(connection, out.written());
  }

  // The body first, since its size stands in the head; then the head right before it.
  const size_t bound = answer.responder->body_bound(answer.reply);
  connection.out = pool_.take(kMaxHead + bound);
  if (connection.out.empty()) return retry_later(connection, now);
  char* const body = connection.out.data + kMaxHead;
  TextWriter out({body, connection.out.size - kMaxHead});
  answer.responder->body(out, answer.reply);
  counters_.completion_tokens.add(answer.reply.events());
  if (answer.fault.kind == FaultKind::malformed) std::memset(body + out.size() / 2, '}', out.size() / 4);
  char head_memory[kMaxHead];
  const std::string_view head = render_head(connection, now, out.size(), head_memory);
  std::memcpy(body - head.size(), head.data(), head.size());
  size_t size = head.size() + out.size();
  answer.complete = true;
  if (answer.fault.kind == FaultKind::truncate || answer.fault.kind == FaultKind::reset) {
    size = head.size() + out.size() / 2;
    answer.keep = Connection::close;
    connection.reset_when_sent = answer.fault.kind == FaultKind::reset;
  }
  send(connection, {body - head.size(), size});
}

void MockShard::pump_stream(ClientConnection& connection, Nanos now) {
  Answer& answer = connection.answer;
  release_due(connection, now);
  const bool nothing_to_say = answer.reply.events() == 0 && now >= answer.due;
  if (answer.next_event < answer.released || nothing_to_say) return send_released(connection, now);
  if (now < answer.due) return wheel_.set(connection, answer.due);
  // Everything before the fault has been sent, and the event that it meets is due.
  if (!strike(connection, now)) pump_stream(connection, now);
}

// Counts the events whose instant has come. Instants follow from each other and not from when this is called, so being
// late shifts none.
void MockShard::release_due(ClientConnection& connection, Nanos now) {
  Answer& answer = connection.answer;
  const uint32_t most = std::min(answer.reply.events(), answer.fault_at);
  if (plan_.itl.is_zero()) {
    if (answer.due <= now) answer.released = most;
    return;
  }
  while (answer.released < most && answer.due <= now) {
    ++answer.released;
    answer.due += plan_.itl.draw(connection.prng);
  }
}

// Renders and sends what has been released, or as much of it as fits into one send.
void MockShard::send_released(ClientConnection& connection, Nanos now) {
  Answer& answer = connection.answer;
  Reply& reply = answer.reply;
  const Responder& responder = *answer.responder;
  const bool chunked = !answer.http_1_0;
  const uint32_t from = answer.next_event;
  uint32_t to = answer.released;
  char head_memory[kMaxHead];
  std::string_view head;
  if (!answer.head_sent) head = render_head(connection, now, std::nullopt, head_memory);
  reply.sent_ns = reply.stamped ? ring_->now() : 0;

  std::span<const char> bytes;
  if (to - from >= kBlockFrom && (connection.stream_block = stream_blocks_.take()) != nullptr) {
    bytes = connection.stream_block->render(responder, reply, chunked, head, from, to);
  } else {
    to = std::min(to, from + kMostSmall);
    const bool last = to == reply.events();
    const size_t bound = (head.empty() ? 0 : head.size() + kMaxFirstEvents) + (to - from) * kMaxContentEvent +
                         (last ? max_last_events(reply) : 0);
    connection.out = pool_.take(bound);
    if (connection.out.empty()) return retry_later(connection, now);
    TextWriter out({connection.out.data, connection.out.size});
    out.text(head);
    EventWriter events(out, chunked);
    if (!head.empty()) responder.first_events(events, reply);
    for (uint32_t index = from; index < to; ++index) responder.content_event(events, reply, index);
    if (last) responder.last_events(events, reply);
    bytes = out.written();
  }
  answer.head_sent = true;
  answer.next_event = to;
  answer.complete = to == reply.events();
  counters_.completion_tokens.add(to - from);
  send(connection, bytes);
}

// What the answer's fault does in the middle of a stream. False: the stream goes on.
bool MockShard::strike(ClientConnection& connection, Nanos now) {
  Answer& answer = connection.answer;
  answer.fault_at = UINT32_MAX;
  switch (answer.fault.kind) {
    case FaultKind::stall:
      answer.due += answer.fault.duration;
      return false;
    case FaultKind::truncate:
      leave_answer(connection);
      close(connection);
      return true;
    case FaultKind::reset:
      leave_answer(connection);
      close(connection, Ending::reset);
      return true;
    case FaultKind::malformed:
    case FaultKind::stream_error: send_fault_event(connection, now); return true;
    default: return false;
  }
}

void MockShard::send_fault_event(ClientConnection& connection, Nanos now) {
  Answer& answer = connection.answer;
  const bool error = answer.fault.kind == FaultKind::stream_error;
  const bool anthropic = answer.endpoint == Endpoint::messages;
  connection.out = pool_.take(kMaxHead + 1024);
  if (connection.out.empty()) {
    answer.fault_at = answer.next_event;
    return retry_later(connection, now);
  }
  TextWriter out({connection.out.data, connection.out.size});
  if (!answer.head_sent) {
    char head_memory[kMaxHead];
    out.text(render_head(connection, now, std::nullopt, head_memory));
    answer.head_sent = true;
  }
  EventWriter events(out, !answer.http_1_0);
  events.begin();
  if (error) {
    if (anthropic) events.text("event: error\n");
    events.text("data: ");
    events.text(answer.responder->error_body(injected_error(anthropic ? 529 : 500)));
  } else {
    if (anthropic) events.text("event: content_block_delta\n");
    events.text("data: {\"id\":\"broken\",\"choices\":[{\"index\":0,\"delta\":{\"content\":}}");
  }
  events.text("\n\n");
  events.end();
  if (error) {
    events.finish_stream();
    answer.complete = true;
  }
  send(connection, out.written());
}

ResponseHead MockShard::head_of(const ClientConnection& connection, int status, Nanos now) {
  const Answer& answer = connection.answer;
  if (shared_.limits.per_minute()) limit_state_ = shared_.limits.state(now);
  ResponseHead head;
  head.status = status;
  head.connection = answer.keep;
  head.date = clock_.date();
  head.unix_seconds = clock_.unix_seconds();
  head.request_id = {answer.request_id, answer.request_id_size};
  head.service = answer.service;
  if (answer.endpoint <= Endpoint::embeddings) {
    head.processing = now - answer.arrived;
    head.anthropic = answer.endpoint == Endpoint::messages;
    head.limits = &limit_state_;
  }
  return head;
}

std::string_view MockShard::render_head(ClientConnection& connection, Nanos now, std::optional<uint64_t> content_length,
                                        std::span<char> memory) {
  ResponseHead head = head_of(connection, 200, now);
  head.content_length = content_length;
  if (!content_length) {
    head.content_type = "text/event-stream; charset=utf-8";
    head.chunked = !connection.answer.http_1_0;
  }
  TextWriter out(memory);
  append_head(out, head);
  return {memory.data(), out.size()};
}

void MockShard::send(ClientConnection& connection, std::span<const char> bytes) {
  counters_.bytes_sent.add(bytes.size());
  connection.filter.active() ? send_secure(connection, bytes) : streams_->send(stream_of(connection), bytes);
  if (++unsubmitted_ >= kSendsPerSubmit || plan_.stamp) {
    ring_->submit();
    unsubmitted_ = 0;
  }
}

// All memory for sends is in flight: some comes back with the next completions.
void MockShard::retry_later(ClientConnection& connection, Nanos now) { wheel_.set(connection, now + kMemoryRetry); }

void MockShard::leave_answer(ClientConnection& connection) {
  Answer& answer = connection.answer;
  answer.kind = Answer::Kind::none;
  counters_.running.subtract(1);
  if (answer.admitted) shared_.limits.release();
  answer.admitted = false;
}

void MockShard::end_answer(ClientConnection& connection, Nanos now) {
  leave_answer(connection);
  if (connection.close_when_sent || connection.answer.keep == Connection::close) return close(connection);
  if (connection.held_size > 0) consume(connection, {}, now);
}

}  // namespace ringload::mock
