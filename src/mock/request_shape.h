// Requests of one scenario are equal byte for byte but for the last message's text. Once such a body has been parsed,
// the bytes before and behind that text are its shape: a body that begins and ends the same, with plain characters in
// between, can only mean the same request with another prompt. That is exact, and it costs two comparisons and the
// count of the prompt's tokens.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "mock/completion_request.h"

namespace ringload::mock {

class RequestShapes {
 public:
  // Fills `out` and is true when a known shape fits.
  bool match(Api api, std::string_view body, CompletionRequest& out);

  // `text` lies in `body`: the inside of the JSON string that is the last message's text, `text_tokens` its tokens;
  // `parsed` is what the whole body says.
  void learn(Api api, std::string_view body, std::string_view text, uint32_t text_tokens,
             const CompletionRequest& parsed);

 private:
  static constexpr size_t kShapes = 16;
  static constexpr size_t kMaxPrefix = 128 * 1024;
  static constexpr size_t kMaxSuffix = 4 * 1024;
  // When every place is taken, one in so many new shapes replaces an old one: traffic without shapes costs little.
  static constexpr uint64_t kReplaceEvery = 64;

  struct Shape {
    Api api = Api::chat;
    std::string prefix;
    std::string suffix;
    CompletionRequest request;  // its prompt_tokens without the text's
  };

  std::array<Shape, kShapes> shapes_;
  size_t known_ = 0;
  size_t last_hit_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace ringload::mock
