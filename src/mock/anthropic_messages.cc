// POST /v1/messages, as Anthropic's API answers it.
#include "mock/responder.h"
#include "mock/words.h"

namespace ringload::mock {
namespace {

std::string_view stop_reason(const Reply& reply) { return reply.cut ? "max_tokens" : "end_turn"; }

void append_usage(TextWriter& out, uint32_t prompt, uint32_t completion) {
  out.text("{\"input_tokens\":");
  out.number(prompt);
  out.text(",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":");
  out.number(completion);
  out.text("}");
}

size_t body_bound(const Reply& reply) { return 512 + kMaxModelBytes + reply_text_size(reply.output_tokens); }

void body(TextWriter& out, const Reply& reply) {
  out.text("{\"id\":\"msg_");
  out.text(reply.id.text());
  out.text("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"");
  out.text(reply.request.model());
  out.text("\",\"content\":[{\"type\":\"text\",\"text\":\"");
  append_reply_text(out, reply.output_tokens);
  out.text("\"}],\"stop_reason\":\"");
  out.text(stop_reason(reply));
  out.text("\",\"stop_sequence\":null,\"usage\":");
  append_usage(out, reply.request.prompt_tokens, reply.output_tokens);
  out.text("}");
}

void end_event(EventWriter& out, const Reply& reply) {
  out.stamp(reply);
  out.text("}\n\n");
  out.end();
}

void first_events(EventWriter& out, const Reply& reply) {
  out.begin();
  out.text("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_");
  out.id(reply);
  out.text("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"");
  out.text(reply.request.model());
  out.text("\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
  append_usage(out.out(), reply.request.prompt_tokens, 1);
  out.text("}");
  end_event(out, reply);
  out.begin();
  out.text("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
           "\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
  end_event(out, reply);
  out.begin();
  out.text("event: ping\ndata: {\"type\":\"ping\"");
  end_event(out, reply);
}

void content_event(EventWriter& out, const Reply& reply, uint32_t index) {
  out.begin();
  out.text("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
           "\"delta\":{\"type\":\"text_delta\",\"text\":\"");
  out.text(reply_word(index));
  out.text("\"}");
  end_event(out, reply);
}

void last_events(EventWriter& out, const Reply& reply) {
  out.begin();
  out.text("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0");
  end_event(out, reply);
  out.begin();
  out.text("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"");
  out.text(stop_reason(reply));
  out.text("\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":");
  out.number(reply.output_tokens);
  out.text("}");
  end_event(out, reply);
  out.begin();
  out.text("event: message_stop\ndata: {\"type\":\"message_stop\"");
  end_event(out, reply);
  out.finish_stream();
}

}  // namespace

constinit const Responder kMessagesResponder = {Api::messages, true,        body_bound, body, first_events,
                                                content_event, last_events, anthropic_error_body};

}  // namespace ringload::mock
