// OpenAI's embeddings: POST /v1/embeddings. Nothing is generated and nothing is streamed: the vector is the answer, so
// a reply without one is an empty completion. The newest message is embedded, not the conversation; a system text and
// a limit of tokens have no place in this format and are left out.
#include "base/assert.h"
#include "protocol/adapters.h"
#include "protocol/reply_parser.h"
#include "protocol/reply_reader.h"
#include "protocol/request_body.h"

namespace ringload::protocol {
namespace {

std::expected<BodyTemplate, std::string> prepare(const RequestSpec& spec) {
  if (spec.stream) return std::unexpected("stream: openai-embeddings has no streamed replies; allowed is false");
  RequestBody body;
  body.model(spec);
  body.hole("input", "\"", "\"");
  body.extra(spec);
  return body.render();
}

void encode(const BodyTemplate& body, std::span<const Message> messages, BodyWriter& out) {
  RINGLOAD_ASSERT(!messages.empty());
  out.text(body.prefix);
  for (const std::string_view piece : messages.back().pieces) out.text(piece);
  out.text(body.suffix);
}

class EmbeddingsReader : public ReplyReader {
 public:
  EmbeddingsReader(Reply& reply, JsonCursor in) : ReplyReader(reply, in) {}

  ReplyPart read() {
    if (!in_.is_object()) return refuse();
    in_.object([this](std::string_view key) {
      if (key == "id") id();
      else if (key == "data") in_.array([this] { datum(); });
      else if (key == "usage") usage();
      else if (key == "error") error();
      else in_.skip();
    });
    return finish();
  }

 private:
  void datum() {
    in_.object([this](std::string_view key) {
      if (key != "embedding") return in_.skip();
      if (!in_.is_array()) return text(TextKind::answer);  // the numbers' bytes in base64
      in_.array([this] {
        part_.answer = true;
        in_.skip();
      });
    });
  }
};

ReplyPart on_body(ReplyParser& parser, Reply& reply, std::span<char> body) {
  const ReplyPart part = EmbeddingsReader(reply, parser.read({body.data(), body.size()})).read();
  if (part.answer) reply.visible = true;
  return part;
}

// prepare() has refused streams.
ReplyPart on_event(ReplyParser&, Reply&, std::string_view, std::span<char>) { return {.bad = true}; }

}  // namespace

constinit const Adapter openai_embeddings = {
    .name = "openai-embeddings",
    .path = "/v1/embeddings",
    .headers = {},
    .prepare = prepare,
    .encode = encode,
    .on_event = on_event,
    .on_body = on_body,
};

}  // namespace ringload::protocol
