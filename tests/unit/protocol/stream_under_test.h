// One reply fed to an adapter the way the engine does it, from memory that ends 64 bytes behind each event, so that a
// sanitizer sees any read beyond.
#pragma once
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/registry.h"
#include "ringload/adapter.h"

namespace ringload::protocol {

struct Memory {
  uint32_t text = 1 << 16;     // 0: the reply's text is not wanted
  uint32_t learned = 1024;     // 0: every event is read as JSON
};

class StreamUnderTest {
 public:
  explicit StreamUnderTest(const Adapter& adapter, Memory memory = {})
      : adapter_(adapter), text_(memory.text), learned_(memory.learned) {
    reply.reset();
    reply.text = text_.empty() ? nullptr : text_.data();
    reply.text_capacity = memory.text;
    reply.learning = learned_.empty() ? nullptr : learned_.data();
    reply.learning_capacity = memory.learned;
  }

  ReplyPart event(std::string_view data, std::string_view type = {}) {
    return adapter_.on_event(parser(), reply, type, padded(data));
  }
  ReplyPart body(std::string_view body) { return adapter_.on_body(parser(), reply, padded(body)); }

  std::string text() const { return {text_.data(), reply.text_size}; }
  std::string id() const { return reply.id; }

  Reply reply;

 private:
  static constexpr size_t kPadding = 64;

  // It keeps nothing from call to call, so all replies share one, as on a shard.
  static ReplyParser& parser() {
    static const ReplyParserPtr parser = make_reply_parser(1 << 16);
    return *parser;
  }

  // What stands behind an event is the next one or garbage, so quotes, which would mislead a scan that goes too far.
  std::span<char> padded(std::string_view bytes) {
    event_ = std::make_unique<char[]>(bytes.size() + kPadding);
    std::memcpy(event_.get(), bytes.data(), bytes.size());
    std::memset(event_.get() + bytes.size(), '"', kPadding);
    return {event_.get(), bytes.size()};
  }

  const Adapter& adapter_;
  std::vector<char> text_, learned_;
  std::unique_ptr<char[]> event_;
};

// "answer reasoning terminal error bad", those that are set; "-" for none.
inline std::string describe(const ReplyPart& part) {
  std::string out;
  const auto flag = [&](bool set, const char* name) {
    if (set) out += (out.empty() ? "" : " ") + std::string(name);
  };
  flag(part.answer, "answer");
  flag(part.reasoning, "reasoning");
  flag(part.terminal, "terminal");
  flag(part.error, "error");
  flag(part.bad, "bad");
  return out.empty() ? "-" : out;
}

// All that a reply says in the end, one field a line, in the words of the fixtures; what was not told is left out.
inline std::string describe(const Reply& reply) {
  std::string out;
  const auto line = [&](const char* name, const std::string& value) { out += std::string(name) + ": " + value + "\n"; };
  if (reply.id[0]) line("id", reply.id);
  if (reply.text_size) line("text", std::string(reply.text, reply.text_size));
  if (reply.visible) line("visible", "yes");
  if (reply.text_truncated) line("truncated", "yes");
  if (!reply.error_text.empty()) line("error", std::string(reply.error_text));
  const auto tokens = [&](const char* name, int64_t count) {
    if (count >= 0) line(name, std::to_string(count));
  };
  tokens("prompt_tokens", reply.tokens.prompt);
  tokens("cached_tokens", reply.tokens.cached);
  tokens("completion_tokens", reply.tokens.completion);
  tokens("reasoning_tokens", reply.tokens.reasoning);
  return out;
}

}  // namespace ringload::protocol
