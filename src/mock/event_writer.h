// Writes server-sent events, each as one chunk of the chunked transfer coding (or bare, for HTTP/1.0), and remembers
// where the reply's id stands, so that an event can be used again for another reply.
#pragma once
#include <cstdint>
#include <string_view>

#include "mock/reply.h"
#include "mock/text_writer.h"

namespace ringload::mock {

class EventWriter {
 public:
  static constexpr uint32_t kNoId = UINT32_MAX;

  EventWriter(TextWriter& out, bool chunked) : out_(out), chunked_(chunked) {}

  void begin() {
    id_ = nullptr;
    frame_ = out_.at();
    if (chunked_) out_.skip(kFrame);
  }
  // Ends the event; what it holds includes the empty line.
  void end();
  void finish_stream() {
    if (chunked_) out_.text("0\r\n\r\n");
  }

  void text(std::string_view text) { out_.text(text); }
  void number(int64_t value) { out_.number(value); }
  void id(const Reply& reply) {
    id_ = out_.at();
    out_.text(reply.id.text());
  }
  // The reply's own stamp, as the last member of a JSON object whose closing brace has not been written.
  void stamp(const Reply& reply) {
    if (!reply.stamped) return;
    out_.text(",\"mock_sent_ns\":");
    out_.number(reply.sent_ns);
  }

  TextWriter& out() { return out_; }
  // Where the last event's id is, from the output's begin; kNoId without one.
  uint32_t last_id() const { return last_id_; }

 private:
  static constexpr size_t kFrame = 4;  // two digits and CRLF: right for events of 16 to 255 bytes

  TextWriter& out_;
  bool chunked_;
  char* frame_ = nullptr;
  char* id_ = nullptr;
  uint32_t last_id_ = kNoId;
};

}  // namespace ringload::mock
