#include "codec/chunked.h"

#include <algorithm>

#include "codec/char_class.h"

namespace ringload::codec {

void ChunkedDecoder::reset() { *this = ChunkedDecoder{}; }

ChunkedDecoder::Step ChunkedDecoder::refuse(Refusal refusal, size_t consumed) {
  state_ = State::refused;
  refusal_ = refusal;
  return {Status::refused, consumed, {}};
}

void ChunkedDecoder::begin_size() {
  state_ = State::size_first;
  digits_ = 0;
  extension_ = 0;
  left_ = 0;
}

// Counts a byte of a chunk extension; false when it is one too many.
bool ChunkedDecoder::extend() {
  return ++extension_ <= kMaxExtensionBytes && ++extension_total_ <= kMaxExtensionBytesTotal;
}

// From one chunk's data to the next one's, when both line ends and the size between them are there, some data behind
// them, and nothing is unusual. Returns how many bytes that are, or 0: then take() reads one by one from where we are.
inline size_t ChunkedDecoder::read_usual_size(const char* begin, const char* end, uint64_t& size) const {
  constexpr int kDigits = 8;
  if (end - begin <= 2 + kDigits + 2) return 0;
  const auto line_ends = [](const char* at) { return at[0] == '\r' && at[1] == '\n'; };
  const char* at = begin;
  if (state_ == State::data_cr) {
    if (!line_ends(at)) return 0;
    at += 2;
  }
  uint64_t read = 0;
  for (const char* const limit = at + kDigits; at != limit; ++at) {
    const int digit = hex_digit(*at);
    if (digit < 0) break;
    read = read << 4 | static_cast<unsigned>(digit);
  }
  // The last chunk, and a line that begins with its end, go the long way.
  if (read == 0 || !line_ends(at)) return 0;
  size = read;
  return static_cast<size_t>(at + 2 - begin);
}

// One byte of framing, in any state but data, done and refused.
Refusal ChunkedDecoder::take(char c) {
  switch (state_) {
    case State::size_first:
    case State::size:
      if (const int value = hex_digit(c); value >= 0) {
        if (++digits_ > 16) return Refusal::chunk_size;
        left_ = left_ << 4 | static_cast<unsigned>(value);
        state_ = State::size;
        return Refusal::none;
      }
      if (state_ == State::size_first) return Refusal::chunk_size;
      if (is_blank(c)) {
        state_ = State::size_blank;
        return extend() ? Refusal::none : Refusal::chunk_extension;
      }
      [[fallthrough]];
    case State::size_blank:
      // Blanks are allowed before an extension's semicolon only.
      if (c == ';' || (is_blank(c) && state_ == State::size_blank)) {
        if (c == ';') state_ = State::extension;
        return extend() ? Refusal::none : Refusal::chunk_extension;
      }
      if (c != '\r' || state_ == State::size_blank) return Refusal::chunk_size;
      state_ = State::size_lf;
      return Refusal::none;
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return Refusal::none;
      }
      if (c == '\n') return Refusal::chunk_size;
      return is_text(c) && extend() ? Refusal::none : Refusal::chunk_extension;
    case State::size_lf:
      state_ = left_ == 0 ? State::trailer_start : State::data;
      return c == '\n' ? Refusal::none : Refusal::chunk_size;
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r' ? Refusal::none : Refusal::chunk_end;
    case State::data_lf:
      begin_size();
      return c == '\n' ? Refusal::none : Refusal::chunk_end;
    default: return take_trailer(c);
  }
}

// The lines behind the last chunk, up to the empty one. They stand in chunk framing, so each ends in CRLF.
Refusal ChunkedDecoder::take_trailer(char c) {
  if (++trailer_bytes_ > kMaxHeadBytes) return Refusal::trailer;
  switch (state_) {
    case State::trailer_start:
      if (c == '\r') {
        state_ = State::end_lf;
        return Refusal::none;
      }
      if (is_blank(c) && trailer_fields_ != 0) {  // continues the field before it
        state_ = State::trailer_value;
        return Refusal::none;
      }
      state_ = State::trailer_name;
      return is_token(c) && ++trailer_fields_ <= kMaxFields ? Refusal::none : Refusal::trailer;
    case State::trailer_name:
      if (c == ':') {
        state_ = State::trailer_value;
        return Refusal::none;
      }
      return is_token(c) ? Refusal::none : Refusal::trailer;
    case State::trailer_value:
      if (c == '\r') {
        state_ = State::trailer_lf;
        return Refusal::none;
      }
      return is_text(c) ? Refusal::none : Refusal::trailer;
    case State::trailer_lf:
      state_ = State::trailer_start;
      return c == '\n' ? Refusal::none : Refusal::trailer;
    default:  // end_lf
      state_ = State::done;
      return c == '\n' ? Refusal::none : Refusal::trailer;
  }
}

// The data at `at`, or as much of it as is there.
inline ChunkedDecoder::Step ChunkedDecoder::take_data(uint64_t size, char* begin, char* at, char* end) {
  const auto taken = static_cast<size_t>(std::min<uint64_t>(size, static_cast<uint64_t>(end - at)));
  left_ = size - taken;
  state_ = left_ == 0 ? State::data_cr : State::data;
  return {Status::data, static_cast<size_t>(at - begin) + taken, {at, taken}};
}

ChunkedDecoder::Step ChunkedDecoder::next(std::span<char> bytes) {
  char* const begin = bytes.data();
  char* const end = begin + bytes.size();
  char* at = begin;
  if (state_ == State::data_cr || state_ == State::size_first) {
    uint64_t size = 0;
    const size_t framing = read_usual_size(begin, end, size);
    if (framing != 0) return take_data(size, begin, begin + framing, end);
  }
  while (at != end && state_ < State::done) {
    if (state_ == State::data) return take_data(left_, begin, at, end);
    if (const Refusal refusal = take(*at); refusal != Refusal::none) {
      return refuse(refusal, static_cast<size_t>(at - begin));
    }
    ++at;
  }
  const Status status = state_ == State::done      ? Status::done
                        : state_ == State::refused ? Status::refused
                                                   : Status::more;
  return {status, static_cast<size_t>(at - begin), {}};
}

}  // namespace ringload::codec
