// What the mock needs to know of a request's body, for every API that generates.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "mock/api_error.h"

namespace ringload::mock {

enum class Api : uint8_t { chat, completions, messages, embeddings };
inline constexpr unsigned kApis = 4;

inline constexpr size_t kMaxModelBytes = 160;
inline constexpr uint32_t kMostInputs = 2048;
inline constexpr uint32_t kMostChoices = 128;         // `n`
inline constexpr uint32_t kMostStreamedInputs = 16;
inline constexpr uint32_t kMostDimensions = 4096;

struct CompletionRequest {
  uint8_t model_size = 0;
  bool stream = false;
  bool include_usage = false;
  bool base64 = false;         // embeddings: encoding_format
  uint32_t prompt_tokens = 0;
  uint32_t inputs = 1;         // choices of the answer: prompts or inputs, times `n`
  uint32_t dimensions = 0;     // embeddings; 0: not told
  int64_t max_tokens = 0;      // 0: not told
  char model_text[kMaxModelBytes];  // escaped as it must stand in JSON

  std::string_view model() const { return {model_text, model_size}; }
};

// Reads and validates bodies. One a shard: its memory serves every request.
class RequestBodies {
 public:
  RequestBodies();
  ~RequestBodies();
  RequestBodies(const RequestBodies&) = delete;
  RequestBodies& operator=(const RequestBodies&) = delete;

  // `body` is followed by 64 readable bytes. The error is what the provider would answer.
  std::optional<ApiError> parse(Api api, std::span<const char> body, CompletionRequest& out);

  // Bodies that only differed from an earlier one in the last message's text, and so were not parsed again.
  uint64_t shape_hits() const { return shape_hits_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  uint64_t shape_hits_ = 0;
};

}  // namespace ringload::mock
