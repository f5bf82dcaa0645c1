// Writes JSON into a string: commas, escapes and nesting. Values are given as exact text, so the same model gives the
// same bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringload::report {

// Writes `text` as the inside of a JSON string and returns behind it: at most six bytes for each of `text`. Bytes
// that are not UTF-8 become U+FFFD.
char* escape_json(char* out, std::string_view text);
// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

class JsonOut {
 public:
  // `indent` spaces per level; 0: one line. Nothing is put in front of the first value.
  explicit JsonOut(std::string& out, unsigned indent = 0) : out_(out), indent_(indent) {}

  JsonOut& begin_object() { return open('{'); }
  JsonOut& end_object() { return close('}'); }
  JsonOut& begin_array() { return open('['); }
  JsonOut& end_array() { return close(']'); }
  JsonOut& key(std::string_view name);

  JsonOut& string(std::string_view text);
  JsonOut& number(uint64_t value);
  JsonOut& number(int64_t value);
  JsonOut& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonOut& null() { return raw("null"); }
  // A value that is JSON already.
  JsonOut& raw(std::string_view json);
  // At most six decimals; null when absent, infinite or not a number.
  JsonOut& real(std::optional<double> value);
  // So that it reads back as the same double; null when absent, infinite or not a number.
  JsonOut& exact(std::optional<double> value);
  // Microseconds as ms; null when absent.
  JsonOut& ms(std::optional<int64_t> us);

  // While flat, arrays and objects stand on one line.
  JsonOut& flat(bool on) {
    flat_ = on;
    return *this;
  }

 private:
  JsonOut& open(char c);
  JsonOut& close(char c);
  void separate();
  void newline();

  std::string& out_;
  unsigned indent_;
  unsigned depth_ = 0;
  bool flat_ = false;
  bool first_ = true;    // nothing stands in the innermost array or object yet
  bool keyed_ = false;   // a key was just written
};

}  // namespace ringload::report
