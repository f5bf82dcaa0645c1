#include "protocol/openai_reply.h"

#include "protocol/learned_event.h"
#include "protocol/reply_reader.h"

namespace ringload::protocol {
namespace {

class OpenAiReader : public ReplyReader {
 public:
  OpenAiReader(Reply& reply, JsonCursor in) : ReplyReader(reply, in) {}

  // `named_error`: the event's own type said so.
  ReplyPart read(std::string_view json, bool named_error) {
    if (!in_.is_object()) return refuse();
    bool is_error = named_error;
    in_.object([&](std::string_view key) {
      if (key == "id") id();
      else if (key == "choices") in_.array([this] { choice(); });
      else if (key == "usage") usage();
      else if (key == "error") error();
      else if (key == "obfuscation") padding();
      else if (key == "object") is_error |= in_.string() == "error";  // {"object": "error", "message": …}
      else in_.skip();
    });
    if (is_error && !part_.error) fail(json);
    return finish();
  }

 private:
  void choice() {
    // The first choice is the conversation; its index often comes before its text, but need not.
    int64_t index = 0;
    JsonCursor ahead = in_;
    ahead.object([&](std::string_view key) {
      if (key != "index") return ahead.skip();
      index = ahead.count();
      ahead.stop();
    });
    const TextKind kind = index > 0 ? TextKind::answer : TextKind::text;
    in_.object([&](std::string_view key) {
      if (key == "delta" || key == "message") message(kind);
      else if (key == "text") text(kind);
      else if (key == "usage") usage();  // as Moonshot's last chunk has it
      else in_.skip();
    });
  }

  void message(TextKind kind) {
    in_.object([&](std::string_view key) {
      if (key == "content") content(kind);
      else if (key == "reasoning_content" || key == "reasoning") text(TextKind::reasoning);
      else if (key == "refusal") text(TextKind::answer);
      else if (key == "tool_calls") in_.array([this] { tool_call(); });
      else if (key == "function_call") called();
      else in_.skip();
    });
  }

  // A string, or (Mistral) an array of parts: {"type": "text", "text": …}, {"type": "thinking", "thinking": [parts]}.
  void content(TextKind kind) {
    if (!in_.is_array()) return text(kind);
    in_.array([&] {
      in_.object([&](std::string_view key) {
        if (key == "text") text(kind);
        else if (key == "thinking" && kind != TextKind::reasoning) content(TextKind::reasoning);
        else in_.skip();
      });
    });
  }

  void tool_call() {
    in_.object([&](std::string_view key) {
      if (key == "function" || key == "custom") called();
      else in_.skip();
    });
  }

  void called() {
    in_.object([&](std::string_view key) {
      if (key == "name" || key == "arguments" || key == "input") text(TextKind::answer);
      else in_.skip();
    });
  }
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n";
  const size_t begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

}  // namespace

ReplyPart openai_event(ReplyParser& parser, Reply& reply, std::string_view type, std::span<char> data) {
  const std::string_view event(data.data(), data.size());
  const bool named_error = type == "error";
  if (ReplyPart part; !named_error && take_learned(reply, event, part)) return part;
  const std::string_view trimmed = trim(event);
  if (trimmed == "[DONE]") return {.terminal = true};
  if (trimmed.empty()) return {};
  OpenAiReader reader(reply, parser.read(event));
  const ReplyPart part = reader.read(trimmed, named_error);
  if (reader.has_sole_text()) learn(reply, event, reader.sole_text());
  return part;
}

ReplyPart openai_body(ReplyParser& parser, Reply& reply, std::span<char> body) {
  const std::string_view json(body.data(), body.size());
  return OpenAiReader(reply, parser.read(json)).read(json, false);
}

}  // namespace ringload::protocol
