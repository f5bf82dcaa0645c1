// POST /v1/chat/completions.
#include "mock/responder.h"
#include "mock/words.h"

namespace ringload::mock {
namespace {

std::string_view finish_reason(const Reply& reply) { return reply.cut ? "length" : "stop"; }

size_t body_bound(const Reply& reply) {
  return 768 + kMaxModelBytes + reply.request.inputs * (192 + reply_text_size(reply.output_tokens));
}

void body(TextWriter& out, const Reply& reply) {
  out.text("{\"id\":\"chatcmpl-");
  out.text(reply.id.text());
  out.text("\",\"object\":\"chat.completion\",\"created\":");
  out.number(reply.created);
  out.text(",\"model\":\"");
  out.text(reply.request.model());
  out.text("\",\"choices\":[");
  for (uint32_t index = 0; index < reply.request.inputs; ++index) {
    out.text(index == 0 ? "{\"index\":" : ",{\"index\":");
    out.number(index);
    out.text(",\"message\":{\"role\":\"assistant\",\"content\":\"");
    append_reply_text(out, reply.output_tokens);
    out.text("\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"");
    out.text(finish_reason(reply));
    out.text("\"}");
  }
  out.text("],\"usage\":");
  append_openai_usage(out, reply.request.prompt_tokens, reply.events());
  out.text(",\"system_fingerprint\":\"fp_ringload_mock\"}");
}

void begin_chunk(EventWriter& out, const Reply& reply) {
  out.begin();
  out.text("data: {\"id\":\"chatcmpl-");
  out.id(reply);
  out.text("\",\"object\":\"chat.completion.chunk\",\"created\":");
  out.number(reply.created);
  out.text(",\"model\":\"");
  out.text(reply.request.model());
}

// Every chunk but the last says that its usage is not known yet, when usage was asked for.
void end_chunk(EventWriter& out, const Reply& reply) {
  if (reply.request.include_usage) out.text(",\"usage\":null");
  out.stamp(reply);
  out.text("}\n\n");
  out.end();
}

void first_events(EventWriter& out, const Reply& reply) {
  begin_chunk(out, reply);
  out.text("\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]");
  end_chunk(out, reply);
}

// The choices follow one another; those behind the first tell their role with their first word.
void content_event(EventWriter& out, const Reply& reply, uint32_t index) {
  const uint32_t word = index % reply.output_tokens, choice = index / reply.output_tokens;
  begin_chunk(out, reply);
  out.text("\",\"choices\":[{\"index\":");
  out.number(choice);
  out.text(",\"delta\":{");
  if (word == 0 && choice > 0) out.text("\"role\":\"assistant\",");
  out.text("\"content\":\"");
  out.text(reply_word(word));
  out.text("\"},\"finish_reason\":null}]");
  end_chunk(out, reply);
}

void last_events(EventWriter& out, const Reply& reply) {
  for (uint32_t choice = 0; choice < reply.request.inputs; ++choice) {
    begin_chunk(out, reply);
    out.text("\",\"choices\":[{\"index\":");
    out.number(choice);
    out.text(",\"delta\":{},\"finish_reason\":\"");
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

constinit const Responder kChatResponder = {Api::chat,     true,        body_bound, body, first_events,
                                            content_event, last_events, openai_error_body};

}  // namespace ringload::mock
