#include "mock/request_shape.h"

#include "mock/token_count.h"

namespace ringload::mock {

bool RequestShapes::match(Api api, std::string_view body, CompletionRequest& out) {
  for (size_t i = 0, at = last_hit_; i < known_; ++i, at = at + 1 < known_ ? at + 1 : 0) {
    const Shape& shape = shapes_[at];
    if (shape.api != api || body.size() < shape.prefix.size() + shape.suffix.size() ||
        !body.starts_with(shape.prefix) || !body.ends_with(shape.suffix)) {
      continue;
    }
    const auto text = body.substr(shape.prefix.size(), body.size() - shape.prefix.size() - shape.suffix.size());
    const auto tokens = count_plain_tokens(text);
    if (!tokens) continue;
    out = shape.request;
    out.prompt_tokens += static_cast<uint32_t>(*tokens);
    last_hit_ = at;
    return true;
  }
  return false;
}

void RequestShapes::learn(Api api, std::string_view body, std::string_view text, uint32_t text_tokens,
                          const CompletionRequest& parsed) {
  const auto prefix = body.substr(0, static_cast<size_t>(text.data() - body.data()));
  const auto suffix = body.substr(prefix.size() + text.size());
  if (prefix.size() > kMaxPrefix || suffix.size() > kMaxSuffix) return;
  size_t at = known_;
  if (known_ < kShapes) {
    ++known_;
  } else {
    if (++refused_ % kReplaceEvery != 0) return;
    at = refused_ / kReplaceEvery % kShapes;
  }
  Shape& shape = shapes_[at];
  shape.api = api;
  shape.prefix = prefix;
  shape.suffix = suffix;
  shape.request = parsed;
  shape.request.prompt_tokens -= text_tokens;
}

}  // namespace ringload::mock
