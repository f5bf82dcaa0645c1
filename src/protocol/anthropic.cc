// Anthropic's Messages API: POST /v1/messages.
#include <array>

#include "protocol/adapters.h"
#include "protocol/chat_messages.h"
#include "protocol/learned_event.h"
#include "protocol/reply_parser.h"
#include "protocol/reply_reader.h"
#include "protocol/request_body.h"

namespace ringload::protocol {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 1> kHeaders = {
    {{"anthropic-version", "2023-06-01"}}};

std::expected<BodyTemplate, std::string> prepare(const RequestSpec& spec) {
  RequestBody body;
  body.model(spec);
  body.max_tokens(spec);
  if (!spec.system.empty()) body.text("system", spec.system);
  body.hole("messages", "[", std::string(kMessagesEnd));
  body.stream(spec);
  body.extra(spec);
  return body.render();
}

// A delta's keys say what it is, as its type does, but wherever the type stands: text of the answer, thinking, a tool's
// input. Signatures, citations and encrypted thinking are no tokens.
class AnthropicReader : public ReplyReader {
 public:
  AnthropicReader(Reply& reply, JsonCursor in) : ReplyReader(reply, in) {}

  ReplyPart read(std::string_view json, std::string_view event_type) {
    if (!in_.is_object()) return refuse();
    std::string_view type;
    in_.object([&](std::string_view key) {
      if (key == "type") type = in_.string();
      else if (key == "delta" || key == "content_block") block();
      else if (key == "message") in_.object([this](std::string_view field) { message_field(field); });
      else if (key == "error") error();
      else message_field(key);
    });
    typed_ = !type.empty();
    if (!typed_) type = event_type;
    part_.terminal = type == "message_stop";
    if (type == "error" && !part_.error) fail(json);
    return finish();
  }

  // Whether the data itself told the type, so that the same bytes mean the same whatever the event is called.
  bool typed() const { return typed_; }

 private:
  // Of a whole reply: the body itself, or the `message` of message_start. `usage` is of message_delta too.
  void message_field(std::string_view key) {
    if (key == "id") id();
    else if (key == "content") in_.array([this] { block(); });
    else if (key == "usage") usage();
    else in_.skip();
  }

  void block() {
    in_.object([&](std::string_view key) {
      if (key == "text") text(TextKind::text);
      else if (key == "thinking") text(TextKind::reasoning);
      else if (key == "partial_json" || key == "name") text(TextKind::answer);
      else in_.skip();
    });
  }

  bool typed_ = false;
};

ReplyPart on_event(ReplyParser& parser, Reply& reply, std::string_view type, std::span<char> data) {
  const std::string_view event(data.data(), data.size());
  if (ReplyPart part; take_learned(reply, event, part)) return part;
  // Some gateways end this format with OpenAI's mark as well. It is not this format's end.
  if (event == "[DONE]" || event.empty()) return {};
  AnthropicReader reader(reply, parser.read(event));
  const ReplyPart part = reader.read(event, type);
  if (reader.typed() && reader.has_sole_text()) learn(reply, event, reader.sole_text());
  return part;
}

ReplyPart on_body(ReplyParser& parser, Reply& reply, std::span<char> body) {
  const std::string_view json(body.data(), body.size());
  return AnthropicReader(reply, parser.read(json)).read(json, {});
}

}  // namespace

constinit const Adapter anthropic = {
    .name = "anthropic",
    .path = "/v1/messages",
    .headers = kHeaders,
    .prepare = prepare,
    .encode = encode_messages,
    .on_event = on_event,
    .on_body = on_body,
};

}  // namespace ringload::protocol
