// OpenAI's chat completions: POST /v1/chat/completions.
#include "protocol/adapters.h"
#include "protocol/chat_messages.h"
#include "protocol/json_escape.h"
#include "protocol/openai_reply.h"
#include "protocol/request_body.h"

namespace ringload::protocol {
namespace {

std::expected<BodyTemplate, std::string> prepare(const RequestSpec& spec) {
  std::string messages = "[";
  if (!spec.system.empty()) {
    const auto system = json_escape(spec.system);
    if (!system) return std::unexpected("system: the text is not valid UTF-8");
    messages += "{\"role\":\"system\",\"content\":\"" + *system + "\"},";
  }
  RequestBody body;
  body.model(spec);
  body.hole("messages", std::move(messages), std::string(kMessagesEnd));
  body.max_tokens(spec);
  body.stream(spec);
  // Without it the stream would end without usage.
  if (spec.stream) body.json("stream_options", "{\"include_usage\":true}");
  body.extra(spec);
  return body.render();
}

}  // namespace

constinit const Adapter openai_chat = {
    .name = "openai-chat",
    .path = "/v1/chat/completions",
    .headers = {},
    .prepare = prepare,
    .encode = encode_messages,
    .on_event = openai_event,
    .on_body = openai_body,
};

}  // namespace ringload::protocol
