// What a peer's bytes mean, decided a second time: from all of them at once, byte by byte, with as many copies as it
// takes. It shares no code with the codec. The answer is in the words of the wire fixtures (tests/wire/README.md).
#pragma once
#include <string>
#include <string_view>

namespace ringload::fuzz {

std::string reference_http(std::string_view bytes, bool head_request);
std::string reference_chunked(std::string_view bytes);
std::string reference_sse(std::string_view bytes, size_t max_event_bytes);

// One event a line, equal ones that follow each other as one with " xN".
class Lines {
 public:
  void add(const std::string& line);
  std::string text() const;

 private:
  std::string done_, last_;
  size_t times_ = 0;
};

// A chunked body from bytes[at] on: moves `at` behind what was read and returns "" when it is complete, "more", or why
// it is refused.
std::string read_chunked(std::string_view bytes, size_t& at, std::string& body);

}  // namespace ringload::fuzz
