// OpenAI's text completions: POST /v1/completions. The conversation is one prompt: system text and turns, an empty line
// between them.
#include "base/assert.h"
#include "protocol/adapters.h"
#include "protocol/json_escape.h"
#include "protocol/openai_reply.h"
#include "protocol/request_body.h"

namespace ringload::protocol {
namespace {

constexpr std::string_view kBetween = "\\n\\n";

std::expected<BodyTemplate, std::string> prepare(const RequestSpec& spec) {
  std::string prompt = "\"";
  if (!spec.system.empty()) {
    const auto system = json_escape(spec.system);
    if (!system) return std::unexpected("system: the text is not valid UTF-8");
    prompt.append(*system).append(kBetween);
  }
  RequestBody body;
  body.model(spec);
  body.hole("prompt", std::move(prompt), "\"");
  body.max_tokens(spec);
  body.stream(spec);
  if (spec.stream) body.json("stream_options", "{\"include_usage\":true}");
  body.extra(spec);
  return body.render();
}

void encode(const BodyTemplate& body, std::span<const Message> messages, BodyWriter& out) {
  RINGLOAD_ASSERT(!messages.empty());
  out.text(body.prefix);
  for (const Message& message : messages) {
    if (&message != &messages.front()) out.text(kBetween);
    for (const std::string_view piece : message.pieces) out.text(piece);
  }
  out.text(body.suffix);
}

}  // namespace

constinit const Adapter openai_completions = {
    .name = "openai-completions",
    .path = "/v1/completions",
    .headers = {},
    .prepare = prepare,
    .encode = encode,
    .on_event = openai_event,
    .on_body = openai_body,
};

}  // namespace ringload::protocol
