#include "protocol/usage.h"

#include <algorithm>

namespace ringload::protocol {

bool read_usage(JsonCursor& in, Tokens& tokens) {
  if (!in.is_object()) {
    in.skip();
    return false;
  }
  int64_t prompt = -1, cached = -1, completion = -1, reasoning = -1;
  int64_t input = -1, output = -1, cache_read = -1, cache_write = -1;
  const auto prompt_detail = [&](std::string_view key) {
    if (key == "cached_tokens") cached = in.count();
    else in.skip();
  };
  const auto completion_detail = [&](std::string_view key) {
    if (key == "reasoning_tokens") reasoning = in.count();
    else in.skip();
  };
  in.object([&](std::string_view key) {
    if (key == "prompt_tokens") prompt = in.count();
    else if (key == "completion_tokens") completion = in.count();
    else if (key == "prompt_tokens_details" || key == "input_tokens_details") in.object(prompt_detail);
    else if (key == "completion_tokens_details" || key == "output_tokens_details") in.object(completion_detail);
    else if (key == "input_tokens") input = in.count();
    else if (key == "output_tokens") output = in.count();
    else if (key == "cache_read_input_tokens") cache_read = in.count();
    else if (key == "cache_creation_input_tokens") cache_write = in.count();
    else in.skip();
  });
  if (cached < 0) cached = cache_read;
  if (completion < 0) completion = output;
  if (prompt < 0 && input >= 0) prompt = input + std::max<int64_t>(cache_read, 0) + std::max<int64_t>(cache_write, 0);

  const auto told = [](int64_t& field, int64_t value) {
    if (value >= 0) field = value;
  };
  told(tokens.prompt, prompt);
  told(tokens.cached, cached);
  told(tokens.completion, completion);
  told(tokens.reasoning, reasoning);
  return true;
}

}  // namespace ringload::protocol
