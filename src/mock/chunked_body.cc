#include "mock/chunked_body.h"

#include <algorithm>

namespace ringload::mock {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

ChunkedBody::Step ChunkedBody::next(std::span<const char> bytes) {
  size_t at = 0;
  const auto bad = [&] { return Step{Status::bad, at, {}}; };
  while (at < bytes.size()) {
    if (state_ == State::data) {
      const size_t size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - at));
      left_ -= size;
      if (left_ == 0) state_ = State::data_cr;
      return {Status::data, at + size, bytes.subspan(at, size)};
    }
    const char c = bytes[at];
    switch (state_) {
      case State::size:
        if (const int digit = hex_value(c); digit >= 0) {
          if (++digits_ > 15) return bad();
          left_ = left_ << 4 | static_cast<uint64_t>(digit);
          break;
        }
        if (digits_ == 0) return bad();
        if (c == '\r') {
          state_ = State::size_lf;
        } else if (c == ';' || c == ' ' || c == '\t') {
          state_ = State::extension;
        } else {
          return bad();
        }
        break;
      case State::extension:
        if (++framing_ > kMaxFramingBytes || c == '\n') return bad();
        if (c == '\r') state_ = State::size_lf;
        break;
      case State::size_lf:
        if (c != '\n') return bad();
        state_ = left_ == 0 ? State::trailer_start : State::data;
        digits_ = 0;
        break;
      case State::data: break;
      case State::data_cr:
        if (c != '\r') return bad();
        state_ = State::data_lf;
        break;
      case State::data_lf:
        if (c != '\n') return bad();
        state_ = State::size;
        break;
      case State::trailer_start:
        if (c == '\r') {
          state_ = State::end_lf;
          break;
        }
        state_ = State::trailer;
        [[fallthrough]];
      case State::trailer:
        if (++framing_ > kMaxFramingBytes) return bad();
        if (c == '\n') state_ = State::trailer_start;
        break;
      case State::end_lf:
        if (c != '\n') return bad();
        state_ = State::done;
        break;
      case State::done: return {Status::done, at, {}};
    }
    ++at;
    if (state_ == State::done) return {Status::done, at, {}};
  }
  return {Status::more, at, {}};
}

}  // namespace ringload::mock
