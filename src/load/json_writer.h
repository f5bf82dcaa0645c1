// Writes indented JSON; the caller keeps the order of calls right.
#pragma once
#include <string>
#include <string_view>

#include "load/json_value.h"
#include "load/threshold_names.h"

namespace ringload::load {

class JsonWriter {
 public:
  void open(char bracket) {
    value_start();
    out_ += bracket;
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) line();
    out_ += bracket;
    first_ = false;
  }
  void key(std::string_view name) {
    separate();
    out_ += quote(name) + ": ";
    after_key_ = true;
  }
  // JSON text that is complete in itself.
  void raw(std::string_view json) {
    value_start();
    out_ += json;
  }
  void text(std::string_view value) { raw(quote(value)); }
  void number(double value) { raw(number_text(value)); }
  void whole(int64_t value) { raw(std::to_string(value)); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void text(std::string_view name, std::string_view value) { key(name), text(value); }
  void number(std::string_view name, double value) { key(name), number(value); }
  void whole(std::string_view name, int64_t value) { key(name), whole(value); }
  void boolean(std::string_view name, bool value) { key(name), boolean(value); }
  void raw(std::string_view name, std::string_view json) { key(name), raw(json); }
  void open(std::string_view name, char bracket) { key(name), open(bracket); }

  std::string take() { return std::move(out_ += '\n'); }

 private:
  void line() {
    out_ += '\n';
    out_.append(static_cast<size_t>(depth_) * 2, ' ');
  }
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
    if (depth_ > 0) line();
  }
  void value_start() {
    if (!after_key_) separate();
    after_key_ = false;
  }

  std::string out_;
  int depth_ = 0;
  bool first_ = true, after_key_ = false;
};

}  // namespace ringload::load
