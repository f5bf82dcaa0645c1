#include "mock/responder.h"

#include <fmt/format.h>

namespace ringload::mock {

const Responder& responder_of(Api api) {
  switch (api) {
    case Api::chat: return kChatResponder;
    case Api::completions: return kCompletionsResponder;
    case Api::messages: return kMessagesResponder;
    case Api::embeddings: return kEmbeddingsResponder;
  }
  return kChatResponder;
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      // Error messages quote the peer's bytes, which need not be UTF-8.
      out += fmt::format("\\u{:04x}", unsigned{byte});
    } else {
      out += c;
    }
  }
  return out;
}

std::string openai_error_body(const ApiError& error) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? std::string("null") : "\"" + json_escaped(text) + "\"";
  };
  return fmt::format(R"({{"error":{{"message":"{}","type":"{}","param":{},"code":{}}}}})", json_escaped(error.message),
                     json_escaped(error.type), or_null(error.param), or_null(error.code));
}

std::string anthropic_error_body(const ApiError& error) {
  // Anthropic's names for the same.
  const std::string_view type = error.status == 404   ? "not_found_error"
                                : error.status == 413 ? "request_too_large"
                                : error.status == 429 ? "rate_limit_error"
                                : error.status == 529 ? "overloaded_error"
                                : error.status >= 500 ? "api_error"
                                                      : "invalid_request_error";
  const std::string message = error.param.empty() ? error.message : error.param + ": " + error.message;
  return fmt::format(R"({{"type":"error","error":{{"type":"{}","message":"{}"}}}})", type, json_escaped(message));
}

void append_openai_usage(TextWriter& out, uint32_t prompt, uint32_t completion) {
  out.text("{\"prompt_tokens\":");
  out.number(prompt);
  out.text(",\"completion_tokens\":");
  out.number(completion);
  out.text(",\"total_tokens\":");
  out.number(int64_t{prompt} + completion);
  out.text(
      ",\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}");
}

}  // namespace ringload::mock
