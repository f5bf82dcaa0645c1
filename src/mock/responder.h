// How each API answers: a table of functions per wire format. They write into memory that the bounds below make large
// enough.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "mock/api_error.h"
#include "mock/event_writer.h"
#include "mock/reply.h"
#include "mock/text_writer.h"

namespace ringload::mock {

struct Responder {
  Api api;
  bool streams;  // whether it can stream at all

  // Bytes that the whole body needs at most.
  size_t (*body_bound)(const Reply& reply);
  void (*body)(TextWriter& out, const Reply& reply);

  // What precedes the content of a stream, one content event, and what follows the last: finish reason, usage and the
  // terminal event.
  void (*first_events)(EventWriter& out, const Reply& reply);
  void (*content_event)(EventWriter& out, const Reply& reply, uint32_t index);
  void (*last_events)(EventWriter& out, const Reply& reply);

  std::string (*error_body)(const ApiError& error);
};

// Bytes that one content event, and all first or all last events, need at most, the chunk's framing included.
inline constexpr size_t kMaxContentEvent = 384 + kMaxModelBytes;
inline constexpr size_t kMaxFirstEvents = 768 + kMaxModelBytes;

// All last events: one finish event per choice.
constexpr size_t max_last_events(const Reply& reply) {
  return (size_t{reply.request.inputs} + 2) * (kMaxContentEvent + 256);
}

const Responder& responder_of(Api api);
extern const Responder kChatResponder;         // openai_chat.cc
extern const Responder kCompletionsResponder;  // openai_completions.cc
extern const Responder kMessagesResponder;     // anthropic_messages.cc
extern const Responder kEmbeddingsResponder;   // openai_embeddings.cc

// {"error": {"message", "type", "param", "code"}}
std::string openai_error_body(const ApiError& error);
// {"type": "error", "error": {"type", "message"}}
std::string anthropic_error_body(const ApiError& error);
// `text` as the inside of a JSON string.
std::string json_escaped(std::string_view text);

// Members that OpenAI's formats share.
void append_openai_usage(TextWriter& out, uint32_t prompt, uint32_t completion);

}  // namespace ringload::mock
