#include "engine/reply_reader.h"

#include <algorithm>
#include <cstring>

#include "protocol/learned_event.h"

namespace ringload::engine {

using net::Take;

namespace {

constexpr size_t kErrorBodyMax = 1024;

bool is_event_stream(const codec::Field* content_type) {
  if (content_type == nullptr) return false;
  std::string_view type = content_type->value.substr(0, content_type->value.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return codec::iequals(type, "text/event-stream");
}

}  // namespace

ErrorClass classify_status(int status, bool has_retry_after) {
  if (status == 429) return ErrorClass::rate_limited;
  if (status == 529 || (status == 503 && has_retry_after)) return ErrorClass::overloaded;
  if (status >= 500) return ErrorClass::http_5xx;
  if (status >= 400) return ErrorClass::http_4xx;
  return ErrorClass::http_other;
}

ReplyReader::ReplyReader(BlockPool& blocks, const Options& options)
    : blocks_(blocks), options_(options), parser_(protocol::make_reply_parser(options.max_event_bytes)) {}

void ReplyReader::begin(Exchange& exchange) {
  exchange.reply.reset();
  exchange.body_mode = BodyMode::drop;
  exchange.terminal = false;
  exchange.cancelled = false;
  exchange.reply_truncated = false;
  exchange.body_expected = exchange.body_seen = 0;
  exchange.detail_size = exchange.trace_id_size = 0;
  const std::span<char> text = exchange.conversation.reply_space();
  if (!text.empty()) {
    exchange.reply.text = text.data();
    exchange.reply.text_capacity = static_cast<uint32_t>(text.size());
  }
}

void ReplyReader::release(Exchange& exchange) {
  blocks_.give(exchange.tail);
  exchange.tail_size = 0;
  blocks_.give(exchange.learned);
  blocks_.give(exchange.error_body);
  exchange.error_body_size = 0;
}

// The response is read to its end all the same, so that its connection can be used again.
Take ReplyReader::fail(Exchange& exchange, ErrorClass error, std::string_view detail) {
  if (exchange.outcome.error == ErrorClass::ok) {
    exchange.outcome.error = error;
    exchange.set_detail(detail);
  }
  exchange.body_mode = BodyMode::drop;
  return Take::more;
}

Take ReplyReader::on_head(Exchange& exchange, const codec::ResponseHead& head, Nanos) {
  exchange.outcome.status = static_cast<int16_t>(head.status);
  if (options_.want_trace_id) {
    if (const codec::Field* id = head.find("x-request-id")) {
      exchange.trace_id_size = static_cast<uint8_t>(std::min(id->value.size(), exchange.trace_id.size()));
      std::memcpy(exchange.trace_id.data(), id->value.data(), exchange.trace_id_size);
    }
  }
  if (head.status != 200)
    return fail(exchange, classify_status(head.status, head.find("retry-after") != nullptr), {});
  if (const codec::Field* encoding = head.find("content-encoding");
      encoding != nullptr && !codec::iequals(encoding->value, "identity"))
    return fail(exchange, ErrorClass::bad_body, "content-encoding is not identity");
  if (!exchange.plan->stream) {
    exchange.body_mode = BodyMode::json;
    if (head.framing == codec::Framing::length) {
      exchange.body_expected = head.content_length;
      if (head.content_length > options_.max_event_bytes)
        return fail(exchange, ErrorClass::bad_body, "the body is larger than max_event_bytes");
    }
    return Take::more;
  }
  if (!is_event_stream(head.find("content-type")))
    return fail(exchange, ErrorClass::bad_body, "a stream was asked for, and content-type is not text/event-stream");
  exchange.body_mode = BodyMode::events;
  exchange.sse.reset(options_.max_event_bytes);
  exchange.reply.learning = learning_.data();
  exchange.reply.learning_capacity = learning_.size();
  return Take::more;
}

void ReplyReader::keep_error_body(Exchange& exchange, std::span<const char> bytes) {
  if (!options_.keep_good_bodies) keep_body(exchange, bytes);
}

void ReplyReader::keep_body(Exchange& exchange, std::span<const char> bytes) {
  const size_t wanted = std::min<size_t>(options_.error_body_bytes, kErrorBodyMax);
  if (exchange.error_body_size >= wanted) return;
  if (exchange.error_body.empty()) exchange.error_body = blocks_.take(kErrorBodyMax);
  if (exchange.error_body.empty()) return;
  const size_t n = std::min(wanted - exchange.error_body_size, bytes.size());
  std::memcpy(exchange.error_body.data + exchange.error_body_size, bytes.data(), n);
  exchange.error_body_size += static_cast<uint32_t>(n);
}

bool ReplyReader::append_tail(Exchange& exchange, std::span<const char> bytes) {
  const size_t size = exchange.tail_size + bytes.size();
  if (exchange.tail.size < size && !blocks_.grow(exchange.tail, exchange.tail_size, size)) return false;
  std::memcpy(exchange.tail.data + exchange.tail_size, bytes.data(), bytes.size());
  exchange.tail_size = static_cast<uint32_t>(size);
  return true;
}

// Moves what was learned into a block of its size, so that a stream keeps no more than that.
void ReplyReader::keep_learned(Exchange& exchange) {
  Reply& reply = exchange.reply;
  const size_t size = size_t{reply.learned_prefix} + reply.learned_suffix;
  if (exchange.learned.size < size) {
    blocks_.give(exchange.learned);
    exchange.learned = blocks_.take(size);
  }
  reply.learned = exchange.learned.data;
  if (exchange.learned.empty()) {
    reply.learned_prefix = reply.learned_behind = 0;
  } else {
    std::memcpy(exchange.learned.data, learning_.data(), size);
  }
}

// A token has come with the bytes at hand.
inline void ReplyReader::stamp_token(Exchange& exchange, const ReplyPart& part, Arrival& arrival) {
  Outcome& outcome = exchange.outcome;
  const Nanos at = arrival.at;
  ++outcome.content_events;
  if (part.answer && outcome.first_answer_token < 0) outcome.first_answer_token = at;
  if (outcome.last_token == at) {
    ++arrival.coalesced;
    return;
  }
  if (outcome.last_token < 0) {
    outcome.first_token = at;
  } else {
    const Nanos gap = at - outcome.last_token;
    outcome.itl_sum += gap;
    exchange.gaps_over += gap > exchange.gap_limit;
    outcome.itl_max = std::max(outcome.itl_max, gap);
    if (arrival.gaps != nullptr) arrival.gaps->record_gap(exchange, gap);
  }
  outcome.last_token = at;
}

// Takes the events at the front that are like the one that was learned, without looking for their lines. Returns how
// many bytes they are.
inline size_t ReplyReader::take_usual_events(Exchange& exchange, std::span<const char> bytes, Arrival& arrival) {
  if (!exchange.sse.at_event()) return 0;
  size_t taken = 0;
  while (taken < bytes.size()) {
    ReplyPart part;
    const std::string_view rest(bytes.data() + taken, std::min(bytes.size() - taken, options_.max_event_bytes));
    const size_t size = protocol::take_learned_frame(exchange.reply, rest, part);
    if (size == 0) break;
    taken += size;
    if (part.has_token()) stamp_token(exchange, part, arrival);
  }
  return taken;
}

inline Take ReplyReader::read_events(Exchange& exchange, std::span<char> bytes, Nanos at, StageRecording* gaps) {
  Arrival arrival{at, gaps};
  Take take = Take::more;
  const size_t usual = exchange.tail_size == 0 ? take_usual_events(exchange, bytes, arrival) : 0;
  if (usual < bytes.size()) take = read_other_events(exchange, bytes.subspan(usual), arrival);
  if (arrival.coalesced > 0) {
    exchange.outcome.coalesced_events += arrival.coalesced;
    exchange.outcome.itl_max = std::max<int64_t>(exchange.outcome.itl_max, 0);
    if (gaps != nullptr) gaps->record_coalesced(exchange, arrival.coalesced);
  }
  return take;
}

Take ReplyReader::on_body(Exchange& exchange, std::span<char> bytes, Nanos at, StageRecording* gaps) {
  if (options_.keep_good_bodies) keep_body(exchange, bytes);
  switch (exchange.body_mode) {
    case BodyMode::events: return read_events(exchange, bytes, at, gaps);
    case BodyMode::json: return read_document(exchange, bytes);
    case BodyMode::drop: keep_error_body(exchange, bytes); return Take::more;
  }
  return Take::more;
}

// From an event on that is not like the learned one, is not all there, or whose begin waits in the tail.
Take ReplyReader::read_other_events(Exchange& exchange, std::span<char> bytes, Arrival& arrival) {
  std::span<char> work = bytes;
  const bool joined = exchange.tail_size > 0;
  if (joined) {
    if (!append_tail(exchange, bytes)) return fail(exchange, ErrorClass::gen_overload, "no memory for an event");
    work = {exchange.tail.data, exchange.tail_size};
  }
  const Adapter& adapter = *exchange.plan->adapter;
  Take take = Take::more;
  for (;;) {
    codec::SseEvent event;
    const codec::SseParser::Step step = exchange.sse.next(work, event);
    if (step.status == codec::SseParser::Status::too_large) {
      fail(exchange, ErrorClass::bad_body, "an event is larger than max_event_bytes");
      break;
    }
    work = work.subspan(step.consumed);
    if (step.status == codec::SseParser::Status::more) break;
    exchange.reply.framed = event.framed;
    const ReplyPart part = adapter.on_event(*parser_, exchange.reply, event.type, event.data);
    if (exchange.reply.learned == learning_.data()) keep_learned(exchange);
    if (part.has_token()) stamp_token(exchange, part, arrival);
    if (part.error) {
      fail(exchange, ErrorClass::stream_error, exchange.reply.error_text);
      keep_error_body(exchange, event.data);
      take = Take::enough;  // whoever said that need not say more
      break;
    }
    if (part.bad) {
      fail(exchange, ErrorClass::bad_body, "an event's data is not what the format allows");
      keep_error_body(exchange, event.data);
      break;
    }
    if (part.terminal) {
      exchange.terminal = true;
      take = Take::enough;
      break;
    }
    work = work.subspan(take_usual_events(exchange, work, arrival));
  }
  if (take == Take::more && exchange.body_mode == BodyMode::events && !work.empty()) {
    if (joined) {
      std::memmove(exchange.tail.data, work.data(), work.size());
      exchange.tail_size = static_cast<uint32_t>(work.size());
    } else if (!append_tail(exchange, work)) {
      return fail(exchange, ErrorClass::gen_overload, "no memory for an event");
    }
  } else {
    blocks_.give(exchange.tail);
    exchange.tail_size = 0;
  }
  return take;
}

Take ReplyReader::read_document(Exchange& exchange, std::span<char> bytes) {
  exchange.body_seen += bytes.size();
  if (exchange.tail_size == 0 && exchange.body_expected == bytes.size()) {
    take_document(exchange, bytes);  // the usual case: all of it at once
    return Take::more;
  }
  if (exchange.body_seen > options_.max_event_bytes)
    return fail(exchange, ErrorClass::bad_body, "the body is larger than max_event_bytes");
  if (!append_tail(exchange, bytes)) return fail(exchange, ErrorClass::gen_overload, "no memory for a body");
  return Take::more;
}

void ReplyReader::take_document(Exchange& exchange, std::span<char> document) {
  const ReplyPart part = exchange.plan->adapter->on_body(*parser_, exchange.reply, document);
  exchange.terminal = true;
  if (part.error) {
    fail(exchange, ErrorClass::stream_error, exchange.reply.error_text);
    keep_error_body(exchange, document);
  } else if (part.bad) {
    fail(exchange, ErrorClass::bad_body, "the body is not the JSON that the format asks for");
    keep_error_body(exchange, document);
  }
}

void ReplyReader::on_end(Exchange& exchange, ErrorClass error, std::string_view detail) {
  Outcome& outcome = exchange.outcome;
  if (error == ErrorClass::ok && exchange.body_mode == BodyMode::json && !exchange.terminal)
    take_document(exchange, {exchange.tail.data, exchange.tail_size});
  // What the body said outlives what happened to the connection afterwards.
  if (outcome.error == ErrorClass::ok && error != ErrorClass::ok) {
    outcome.error = error;
    exchange.set_detail(detail);
  }
  outcome.tokens = exchange.reply.tokens;
  exchange.reply_truncated = exchange.reply.text_truncated;
  const bool nothing_told = outcome.tokens.completion <= 0;
  if (exchange.plan->stream && outcome.tokens.completion < 0 && outcome.content_events > 0) {
    outcome.tokens.completion = outcome.content_events;
    outcome.tokens.estimated = true;
  }
  if (outcome.error != ErrorClass::ok) return;
  if (!exchange.terminal) {
    outcome.error = ErrorClass::stream_incomplete;
    exchange.set_detail("the stream ended without its terminal event");
  } else if (!exchange.reply.visible && nothing_told) {
    outcome.error = ErrorClass::empty_completion;
  }
}

}  // namespace ringload::engine
