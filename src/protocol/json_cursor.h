// Reads JSON token by token, strictly: a document that has been read to the end is valid JSON throughout.
//
// Neither front end of simdjson fits replies. On-demand accepts bad JSON in fields that nobody visits; the DOM
// unescapes every string, which takes time, refuses half of a surrogate pair, and loses the escaped form that the next
// request wants. So only simdjson's first stage is used (reply_parser.h): it checks UTF-8 and finds where each token
// begins. What follows here checks the grammar between these tokens, and hands out strings as they stand.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/json_string.h"

namespace ringload::protocol {

class JsonCursor {
 public:
  // A cursor over nothing: not valid.
  JsonCursor() = default;
  // `tokens`: offsets in `text` of every structural character and of every first byte of a string, number or literal.
  JsonCursor(std::string_view text, const uint32_t* tokens, uint32_t count)
      : text_(text), tokens_(tokens), count_(count), valid_(count > 0),
        escapes_(!text.empty() && std::memchr(text.data(), '\\', text.size()) != nullptr) {}

  bool is_object() const { return peek() == '{'; }
  bool is_array() const { return peek() == '['; }
  bool is_string() const { return peek() == '"'; }
  bool is_null() const { return peek() == 'n'; }  // or a broken literal, which reading it tells

  // Reads one value: an object by calling `field(key)` for each field (the key as it stands, escaped), an array by
  // calling `element()`. The callee must read exactly one value. Any other kind of value is read and ignored.
  template <typename Field>
  void object(Field&& field);
  template <typename Element>
  void array(Element&& element);
  // The inside of a string, escaped. Of any other value, which is read and ignored: empty.
  std::string_view string();
  // A number without fraction or exponent, 0 ≤ n < 10^18. Of any other value, which is read and ignored: -1.
  int64_t count();
  // Reads one value of any kind; its bytes as they stand.
  std::string_view value();
  void skip();

  // Reads nothing more: for a copy that looked ahead and has found it.
  void stop() { fail(); }

  // Everything read so far was valid; false once it was not, and then nothing more is read.
  bool valid() const { return valid_; }
  // ... and nothing is left.
  bool complete() const { return valid_ && at_ == count_; }

 private:
  static constexpr int kMaxDepth = 128;  // of nesting; deeper documents are refused, since reading recurses

  char peek() const { return at_ < count_ ? text_[tokens_[at_]] : '\0'; }
  bool take(char structural) {
    if (peek() != structural) return false;
    ++at_;
    return true;
  }
  void fail() {
    valid_ = false;
    at_ = count_;
  }
  bool enter() {
    ++at_;
    if (++depth_ <= kMaxDepth) return true;
    fail();
    return false;
  }
  std::string_view take_token();
  std::string_view take_string();
  void skip_scalar();

  std::string_view text_;
  const uint32_t* tokens_ = nullptr;
  uint32_t count_ = 0;
  uint32_t at_ = 0;
  int depth_ = 0;
  bool valid_ = false;
  bool escapes_ = false;  // the document holds a backslash somewhere
};

// A token's bytes: up to the next token, without the white space between.
inline std::string_view JsonCursor::take_token() {
  const size_t begin = tokens_[at_];
  ++at_;
  size_t end = at_ < count_ ? tokens_[at_] : text_.size();
  const auto white = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (end > begin + 1 && white(text_[end - 1])) --end;
  return text_.substr(begin, end - begin);
}

inline std::string_view JsonCursor::take_string() {
  const std::string_view token = take_token();
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') {
    fail();
    return {};
  }
  const std::string_view inside = token.substr(1, token.size() - 2);
  if (escapes_ && !valid_escapes(inside)) {
    fail();
    return {};
  }
  return inside;
}

template <typename Field>
void JsonCursor::object(Field&& field) {
  if (!is_object()) return skip();
  if (!enter()) return;
  if (!take('}')) {
    do {
      if (!is_string()) return fail();
      const std::string_view key = take_string();
      if (!take(':')) return fail();
      field(key);
    } while (take(','));
    if (!take('}')) return fail();
  }
  --depth_;
}

template <typename Element>
void JsonCursor::array(Element&& element) {
  if (!is_array()) return skip();
  if (!enter()) return;
  if (!take(']')) {
    do element();
    while (take(','));
    if (!take(']')) return fail();
  }
  --depth_;
}

inline std::string_view JsonCursor::string() {
  if (is_string()) return take_string();
  skip();
  return {};
}

inline void JsonCursor::skip() {
  switch (peek()) {
    case '{': return object([this](std::string_view) { skip(); });
    case '[': return array([this] { skip(); });
    case '"': return void(take_string());
    default: return skip_scalar();
  }
}

inline std::string_view JsonCursor::value() {
  const uint32_t first = at_;
  skip();
  if (!valid_) return {};
  --at_;  // back to the value's last token, for where its bytes end
  const std::string_view last = take_token();
  const char* begin = text_.data() + tokens_[first];
  return {begin, static_cast<size_t>(last.data() + last.size() - begin)};
}

}  // namespace ringload::protocol
