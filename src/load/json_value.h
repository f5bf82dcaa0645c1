// A JSON document as a small tree whose nodes know where they stand, so that every complaint about a profile can name
// line, column and path. Set-up only: it allocates freely.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringload::load {

struct JsonMember;

struct JsonValue {
  enum class Kind : uint8_t { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  size_t offset = 0;           // of its first byte in the document
  bool boolean = false;
  bool is_integer = false;     // a number without fraction or exponent that fits int64
  int64_t integer = 0;
  double number = 0;           // of every number
  std::string text;            // a string's value; a number as it was written
  std::vector<JsonValue> items;
  std::vector<JsonMember> members;  // in order, duplicates included

  bool is(Kind wanted) const { return kind == wanted; }
  // The member of that key (the first, should there be several), or nullptr. Of anything but an object: nullptr.
  const JsonValue* find(std::string_view key) const;
};

struct JsonMember {
  std::string key;
  size_t key_offset = 0;
  JsonValue value;
};

struct JsonError {
  size_t offset = 0;
  std::string message;
};

struct Position {
  uint32_t line = 1, column = 1;  // column in bytes
};

class JsonDocument {
 public:
  // Reads `text`; syntax errors and duplicate keys are in errors(), the former leave root() null.
  explicit JsonDocument(std::string_view text);

  const JsonValue& root() const { return root_; }
  const std::vector<JsonError>& errors() const { return errors_; }
  bool syntax_ok() const { return syntax_ok_; }
  Position position(size_t offset) const;
  // "$.scenarios[1].weight"; `node` lies in this document. Empty when it does not.
  std::string path(const JsonValue& node) const;

 private:
  bool read();
  bool fail(size_t offset, std::string message);

  std::string text_;
  JsonValue root_;
  std::vector<JsonError> errors_;
  bool syntax_ok_ = false;
};

// `.name` or `["odd name"]`, to be appended to a path.
std::string path_step(std::string_view key);
// What a value is, for complaints: `"x" (string)`, `3.5 (number)`, `{…} (object)`; long strings are cut, and what looks
// like a key is not shown.
std::string describe(const JsonValue& value);
// `text` in quotes, cut when it is long; keys in it are not shown.
std::string shown(std::string_view text);
// Appends `text` as the inside of a JSON string. Valid for any valid UTF-8.
void append_escaped(std::string& out, std::string_view text);
std::string quote(std::string_view text);
bool is_utf8(std::string_view text);
// Compact JSON of the tree; numbers as they were written.
std::string to_json(const JsonValue& value);

}  // namespace ringload::load
