// Chunked transfer coding (RFC 9112 section 7.1): framing bytes in, body spans out. A few bytes of state, so nothing
// has to be kept between reads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/http1.h"

namespace ringload::codec {

class ChunkedDecoder {
 public:
  static constexpr unsigned kMaxExtensionBytes = 256;             // per chunk
  static constexpr unsigned kMaxExtensionBytesTotal = 16 * 1024;  // per message

  enum class Status : uint8_t { data, more, done, refused };
  struct Step {
    Status status;
    size_t consumed;       // of `bytes`: framing and, for data, the data
    std::span<char> data;  // for Status::data: a piece of the body, inside `bytes`
  };

  void reset();
  // Takes bytes up to the next piece of body, the end of the message (trailers included), or the end of `bytes`.
  Step next(std::span<char> bytes);
  Refusal refusal() const { return refusal_; }

 private:
  enum class State : uint8_t {
    size_first, size, size_blank, extension, size_lf, data, data_cr, data_lf,
    trailer_start, trailer_name, trailer_value, trailer_lf, end_lf, done, refused
  };
  Step refuse(Refusal refusal, size_t consumed);
  size_t read_usual_size(const char* begin, const char* end, uint64_t& size) const;
  Step take_data(uint64_t size, char* begin, char* at, char* end);
  Refusal take(char c);
  Refusal take_trailer(char c);
  void begin_size();
  bool extend();

  State state_ = State::size_first;
  Refusal refusal_ = Refusal::none;
  uint8_t digits_ = 0;
  uint16_t extension_ = 0;        // bytes, of this chunk
  uint64_t left_ = 0;             // data bytes of the chunk still to come; while its size is read: as far as known
  uint32_t extension_total_ = 0;  // bytes, of all chunks
  uint32_t trailer_bytes_ = 0;
  uint32_t trailer_fields_ = 0;
};

}  // namespace ringload::codec
