#include "codec/sse.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "codec/bytes16.h"

namespace ringload::codec {
namespace {

constexpr char kBom[] = {'\xef', '\xbb', '\xbf'};

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

unsigned line_ends(const char* at) {
  const Bytes16 bytes = load16(at);
  return bits_of((bytes == '\n') | (bytes == '\r'));
}

Bytes16 smaller(Bytes16 a, Bytes16 b) { return a < b ? a : b; }

// The first CR or LF in [at, end), or `end`. `begin` <= `at`: bytes from there on may be read too.
const char* find_line_end(const char* begin, const char* at, const char* end) {
  if (at != end && is_line_end(*at)) return at;  // every other line is empty
  for (; end - at >= 64; at += 64) {
    // Line ends are nearly the only bytes as small as they are, so 64 bytes are done when none is.
    const Bytes16 smallest = smaller(smaller(load16(at), load16(at + 16)), smaller(load16(at + 32), load16(at + 48)));
    if (bits_of(smallest <= '\r') == 0) continue;
    const uint64_t bits = line_ends(at) | uint64_t{line_ends(at + 16)} << 16 | uint64_t{line_ends(at + 32)} << 32 |
                          uint64_t{line_ends(at + 48)} << 48;
    if (bits != 0) return at + __builtin_ctzll(bits);
  }
  for (; end - at >= 16; at += 16) {
    if (const unsigned bits = line_ends(at); bits != 0) return at + first_bit(bits);
  }
  if (end - begin >= 16) {
    // The last sixteen bytes, without those that were searched before.
    const unsigned bits = line_ends(end - 16) >> (16 - (end - at));
    return bits != 0 ? at + first_bit(bits) : end;
  }
  return std::find_if(at, end, is_line_end);
}

// A line that is complete, its end not included.
struct Line {
  enum Name : uint8_t { data, event, other } name;
  const char* value;

  Line(const char* begin, const char* end) : name(other), value(end) {
    const auto size = static_cast<size_t>(end - begin);
    size_t name_size = 0;
    if (size >= 4 && std::memcmp(begin, "data", 4) == 0) {
      name_size = 4;
    } else if (size >= 5 && std::memcmp(begin, "event", 5) == 0) {
      name_size = 5;
    } else {
      return;
    }
    if (size > name_size) {  // else the name alone: an empty value
      if (begin[name_size] != ':') return;
      value = begin + name_size + 1;
      if (*value == ' ') ++value;  // at `end` stands a line end
    }
    name = name_size == 4 ? data : event;
  }
};

// Moves the data lines of one event together, behind the first one, with LFs between. `event` has the first line's data
// and the type, and [event.data.begin(), end) the lines; the last of them is empty.
void join_data(SseEvent& event, char* end) {
  char* begin = event.data.data();
  char* to = begin + event.data.size();
  for (const char* line_end = to;;) {
    const char* const line = line_end + (line_end[0] == '\r' && line_end[1] == '\n' ? 2 : 1);
    line_end = find_line_end(begin, line, end);
    if (line_end == line) break;
    const Line read(line, line_end);
    const auto size = static_cast<size_t>(line_end - read.value);
    if (read.name == Line::data) {
      *to++ = '\n';
      std::memmove(to, read.value, size);
      to += size;
    } else if (read.value == event.type.data() && size != 0) {
      // The type stands where data will be put: it changes places with the data so far.
      std::rotate(begin, const_cast<char*>(read.value), const_cast<char*>(line_end));
      event.type = {begin, size};
      begin += size;
      to += size;
    }
  }
  event.data = {begin, to};
}

}  // namespace

void SseParser::reset(size_t max_event_bytes) {
  *this = SseParser{};
  max_event_bytes_ = static_cast<uint32_t>(std::min(max_event_bytes, kMaxEventBytes));
}

// The line [line_begin, line_end) is complete and not empty.
void SseParser::take_line(const char* bytes, uint32_t line_begin, uint32_t line_end) {
  const Line line(bytes + line_begin, bytes + line_end);
  if (line.name == Line::other) return;
  if (!kept_) event_ = line_begin;
  kept_ = true;
  const auto begin = static_cast<uint32_t>(line.value - bytes);
  const auto end = line_end;
  if (line.name == Line::event) {
    type_begin_ = begin;
    type_end_ = end;
  } else if (has_data_) {
    several_ = true;
  } else {
    has_data_ = true;
    data_begin_ = begin;
    data_end_ = end;
  }
}

SseParser::Step SseParser::finish_event(char* bytes, size_t consumed, SseEvent& event) {
  event.type = {};
  if (type_begin_ != type_end_) event.type = {bytes + type_begin_, type_end_ - type_begin_};
  event.data = {bytes + data_begin_, bytes + data_end_};
  event.framed = {};
  if (several_) {
    join_data(event, bytes + consumed);
  } else if (bytes[consumed - 1] == '\n') {  // behind a CR an LF might follow
    event.framed = {bytes + event_, consumed - event_};
  }
  line_ = scanned_ = type_begin_ = type_end_ = 0;
  kept_ = has_data_ = several_ = false;
  return {Status::event, consumed};
}

// All `size` bytes have been read, `line` is not complete: what is still needed begins at the next call's byte 0.
SseParser::Step SseParser::suspend(uint32_t line, uint32_t size) {
  const uint32_t drop = kept_ ? event_ : line;
  scanned_ = size - drop;
  line_ = line - drop;
  if (kept_) {
    event_ = 0;
    data_begin_ -= drop;
    data_end_ -= drop;
    type_begin_ -= drop;
    type_end_ -= drop;
  }
  return {Status::more, drop};
}

SseParser::Step SseParser::next(std::span<char> bytes, SseEvent& event) {
  RINGLOAD_ASSERT(bytes.size() >= scanned_ && bytes.size() <= UINT32_MAX);
  char* const begin = bytes.data();
  char* const end = begin + bytes.size();
  if (at_stream_start_) {
    if (bytes.empty()) return {Status::more, 0};
    const size_t compared = std::min(bytes.size(), sizeof kBom);
    if (std::memcmp(begin, kBom, compared) == 0) {
      if (compared < sizeof kBom) return {Status::more, 0};
      line_ = scanned_ = sizeof kBom;
    }
    at_stream_start_ = false;
  }
  if (skip_lf_ && line_ < bytes.size()) {
    skip_lf_ = false;
    if (begin[line_] == '\n') scanned_ = ++line_;
  }
  uint32_t line = line_;
  for (uint32_t scanned = scanned_;;) {
    const char* const line_end = find_line_end(begin, begin + scanned, end);
    const auto read = static_cast<uint32_t>(line_end - begin);
    if (read > line && read - (kept_ ? event_ : line) > max_event_bytes_) {
      line_ = line;
      scanned_ = scanned;
      return {Status::too_large, 0};
    }
    if (line_end == end) return suspend(line, read);

    uint32_t next = read + 1;
    if (*line_end == '\r') {
      if (next == bytes.size()) {
        skip_lf_ = true;
      } else if (begin[next] == '\n') {
        ++next;
      }
    }
    if (read > line) {
      take_line(begin, line, read);
    } else if (has_data_) {
      return finish_event(begin, next, event);
    } else {
      kept_ = false;  // an event without data: its type is forgotten too
      type_begin_ = type_end_ = 0;
    }
    line = scanned = next;
  }
}

}  // namespace ringload::codec
