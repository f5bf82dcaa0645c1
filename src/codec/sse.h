// Server-sent events (WHATWG HTML, section 9.2): bytes in, one event at a time out. Nothing is kept between calls but
// how far the unfinished event has been read: the caller keeps its bytes (the tail) and puts what arrives behind them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringload::codec {

struct SseEvent {
  std::string_view type;  // "" when the event has no `event` field
  // `data` lines joined by LF, in place; at least 64 readable bytes follow if they follow the input.
  std::span<char> data;
  // The event as it stands in the input, from the first line that counts to the end of the empty one, if an event of
  // the same bytes but other ones within its data's only line would be read alike wherever at_event(); else empty.
  std::string_view framed;
};

class SseParser {
 public:
  enum class Status : uint8_t {
    event,     // `event` is set; call again with what follows `consumed`
    more,      // drop `consumed` bytes (comments, blank lines), keep the rest and put more behind it
    too_large  // the event is longer than max_event_bytes
  };
  struct Step {
    Status status;
    size_t consumed;
  };

  // Counted from the first `data` or `event` line to the last line's end: what the caller has to keep. At most
  // kMaxEventBytes.
  void reset(size_t max_event_bytes);
  // `bytes`: what the last call did not consume, and more. Views in `event` hold until the bytes change; several `data`
  // lines are moved together inside its `consumed` bytes. Nothing beyond `bytes` is read.
  // An event without a data line is not dispatched (WHATWG). A CR at the very end of the input ends its line at once,
  // and an LF that follows it in the next read is dropped, so that an event is never held back.
  // After too_large the stream cannot be read any further.
  Step next(std::span<char> bytes, SseEvent& event);
  // Whether the next byte begins an event: none of its bytes, and no line end that belongs to the last, has been seen.
  // A caller that knows by other means that a whole event stands there may then skip it.
  bool at_event() const { return scanned_ == 0 && !kept_ && !at_stream_start_ && !skip_lf_; }

  static constexpr size_t kMaxEventBytes = size_t{1} << 30;

 private:
  void take_line(const char* bytes, uint32_t line_begin, uint32_t line_end);
  Step finish_event(char* bytes, size_t consumed, SseEvent& event);
  Step suspend(uint32_t line, uint32_t size);

  // Offsets into the bytes that the next call gets.
  uint32_t max_event_bytes_ = 16 << 20;
  uint32_t line_ = 0;     // begin of the line that is not complete
  uint32_t scanned_ = 0;  // bytes searched for its end
  uint32_t event_ = 0;    // begin of the event's first line that counts, when kept_
  uint32_t data_begin_ = 0, data_end_ = 0;  // of its first data line, when has_data_
  uint32_t type_begin_ = 0, type_end_ = 0;  // equal: no type
  bool kept_ = false;
  bool has_data_ = false;
  bool several_ = false;  // data lines
  bool at_stream_start_ = true;
  bool skip_lf_ = false;
};

}  // namespace ringload::codec
