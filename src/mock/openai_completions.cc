// POST /v1/completions: the older API, one choice per prompt.
#include "mock/responder.h"
#include "mock/words.h"

namespace ringload::mock {
namespace {

std::string_view finish_reason(const Reply& reply) { return reply.cut ? "length" : "stop"; }

size_t body_bound(const Reply& reply) {
  return 768 + kMaxModelBytes + reply.request.inputs * (128 + reply_text_size(reply.output_tokens));
}

void append_head(TextWriter& out, const Reply& reply) {
  out.text("\",\"object\":\"text_completion\",\"created\":");
  out.number(reply.created);
  out.text(",\"model\":\"");
  out.text(reply.request.model());
}

void body(TextWriter& out, const Reply& reply) {
  out.text("{\"id\":\"cmpl-");
  out.text(reply.id.text());
  append_head(out, reply);
  out.text("\",\"choices\":[");
  for (uint32_t index = 0; index < reply.request.inputs; ++index) {
    out.text(index == 0 ? "{\"text\":\"" : ",{\"text\":\"");
    append_reply_text(out, reply.output_tokens);
    out.text("\",\"index\":");
    out.number(index);
    out.text(",\"logprobs\":null,\"finish_reason\":\"");
    out.text(finish_reason(reply));
    out.text("\"}");
  }
  out.text("],\"usage\":");
  append_openai_usage(out, reply.request.prompt_tokens, reply.events());
  out.text("}");
}

void begin_chunk(EventWriter& out, const Reply& reply) {
  out.begin();
  out.text("data: {\"id\":\"cmpl-");
  out.id(reply);
  append_head(out.out(), reply);
}

void end_chunk(EventWriter& out, const Reply& reply) {
  if (reply.request.include_usage) out.text(",\"usage\":null");
  out.stamp(reply);
  out.text("}\n\n");
  out.end();
}

void first_events(EventWriter&, const Reply&) {}

// The choices follow one another.
void content_event(EventWriter& out, const Reply& reply, uint32_t index) {
  begin_chunk(out, reply);
  out.text("\",\"choices\":[{\"text\":\"");
  out.text(reply_word(index % reply.output_tokens));
  out.text("\",\"index\":");
  out.number(index / reply.output_tokens);
  out.text(",\"logprobs\":null,\"finish_reason\":null}]");
  end_chunk(out, reply);
}

void last_events(EventWriter& out, const Reply& reply) {
  for (uint32_t index = 0; index < reply.request.inputs; ++index) {
    begin_chunk(out, reply);
    out.text("\",\"choices\":[{\"text\":\"\",\"index\":");
    out.number(index);
    out.text(",\"logprobs\":null,\"finish_reason\":\"");
    out.text(finish_reason(reply));
    out.text("\"}]");
    end_chunk(out, reply);
  }
  if (reply.request.include_usage) {
    begin_chunk(out, reply);
    out.text("\",\"choices\":[],\"usage\":");
    append_openai_usage(out.out(), reply.request.prompt_tokens, reply.events());
    out.stamp(reply);
    out.text("}\n\n");
    out.end();
  }
  out.begin();
  out.text("data: [DONE]\n\n");
  out.end();
  out.finish_stream();
}

}  // namespace

constinit const Responder kCompletionsResponder = {Api::completions, true,        body_bound, body, first_events,
                                                   content_event,    last_events, openai_error_body};

}  // namespace ringload::mock
