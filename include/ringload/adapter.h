// A wire format of an LLM API: how a request is encoded and what a reply's bytes mean. One file per format, one constinit
// Adapter in each; a program that embeds ringload can pass its own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringload/outcome.h"

namespace ringload {

// ---- requests ----

enum class Role : uint8_t { user, assistant };

// JSON-escaped text, without the quotes, in pieces that stay unchanged until the request has been sent.
struct Message {
  Role role = Role::user;
  std::span<const std::string_view> pieces;
};

// What of a scenario stands in every request.
struct RequestSpec {
  std::string model;
  std::string system;                          // raw UTF-8; empty: none
  std::optional<int64_t> max_tokens;           // absent: the key is omitted
  std::string max_tokens_field = "max_tokens";
  bool stream = false;
  std::string extra_body;                      // a JSON object, or empty; merged last, a null there removes a key
};

// A body is spans in order. `text` must stay unchanged until the request has been sent: it lies in the BodyTemplate or
// in a message.
class BodyWriter {
 public:
  void text(std::string_view text) {
    if (text.empty()) return;
    if (count_ == spans_.size()) {
      overflow_ = true;
      return;
    }
    spans_[count_++] = text;
    bytes_ += text.size();
  }
  explicit BodyWriter(std::span<std::string_view> spans) : spans_(spans) {}
  std::span<const std::string_view> spans() const { return spans_.first(count_); }
  size_t bytes() const { return bytes_; }
  bool overflow() const { return overflow_; }  // more spans than there was room for: the body is unusable

 private:
  std::span<std::string_view> spans_;
  size_t count_ = 0;
  size_t bytes_ = 0;
  bool overflow_ = false;
};

// The fixed parts of a scenario's bodies, rendered once: `prefix` up to the first message, `suffix` behind the last.
struct BodyTemplate {
  std::string prefix;
  std::string suffix;
};

// ---- replies ----

// What one event, or one whole body, said. A body has no end of its own: `terminal` is of streams.
struct ReplyPart {
  bool answer = false;     // non-empty generated text, refusal, or a tool call's name or arguments
  bool reasoning = false;  // non-empty reasoning
  bool terminal = false;   // the stream's own end
  bool error = false;      // an error object inside a 200
  bool bad = false;        // not what the format allows: not JSON, or not an object
  bool has_token() const { return answer || reasoning; }
};

// What a generated string is part of.
enum class TextKind : uint8_t {
  text,       // the answer that the next turn is fed: of the first choice
  answer,     // also for the user: another choice, a refusal, a tool call
  reasoning,
};

// One reply while it arrives. Reset for each request.
struct Reply {
  Tokens tokens;
  bool visible = false;       // some text, reasoning, refusal or tool call that is not white space has come
  std::string_view error_text;  // of an error object, as it stood in the JSON; holds until the next call
  char id[64];                // the response's own id, cut at 63 bytes, NUL-terminated
  uint64_t text_bytes = 0;    // of the answer's text (TextKind::text) in UTF-8; counted whether or not it is kept
  // For multi-turn: the reply's text as it stood in the JSON (escaped), appended by the adapter; null: not wanted.
  char* text = nullptr;
  uint32_t text_size = 0, text_capacity = 0;
  bool text_truncated = false;
  // The event that on_event is given, as it stood in the stream with the lines and line ends around its data, when the
  // same bytes around another text would be such an event again; else empty. Set by the engine.
  std::string_view framed;
  // What an adapter learned of this stream's events: bytes before and behind the content string, and how many of the
  // latter stand behind a second string whose text does not matter (0: there is none).
  const char* learned = nullptr;
  uint16_t learned_prefix = 0, learned_suffix = 0, learned_tail = 0;
  // How many of these bytes frame the data; none behind it: the framing was not learned.
  uint16_t learned_before = 0, learned_behind = 0;
  TextKind learned_kind = TextKind::text;
  // Where an adapter puts what it learns: memory of the engine's, which it moves to a place of the stream's own.
  char* learning = nullptr;
  uint32_t learning_capacity = 0;

  void reset() {
    *this = Reply{};
    id[0] = 0;
  }
};

// Memory that parsing needs, one per shard, made before the load so that nothing is allocated under it.
class ReplyParser;  // protocol/reply_parser.h

struct Adapter {
  std::string_view name;  // "openai-chat"
  std::string_view path;  // appended to a base URL: "/v1/chat/completions"
  // Header fields that the format wants beside the built-in ones, unless the profile sets them.
  std::span<const std::pair<std::string_view, std::string_view>> headers;

  // Renders the fixed parts. The error names the key at fault. Set-up only: may allocate.
  std::expected<BodyTemplate, std::string> (*prepare)(const RequestSpec& spec);
  // Writes a body of `messages` (user, assistant, user, … ) around the template's parts.
  void (*encode)(const BodyTemplate& body, std::span<const Message> messages, BodyWriter& out);

  // One event of a streamed reply. `data` is followed by 64 readable bytes and may be changed.
  ReplyPart (*on_event)(ReplyParser& parser, Reply& reply, std::string_view type, std::span<char> data);
  // A whole unstreamed reply of status 200; the same of `body`.
  ReplyPart (*on_body)(ReplyParser& parser, Reply& reply, std::span<char> body);
};

}  // namespace ringload
