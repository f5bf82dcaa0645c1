// The chunked transfer coding of a request's body: framing in, pieces of the body out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace ringload::mock {

class ChunkedBody {
 public:
  enum class Status : uint8_t { data, more, done, bad };
  struct Step {
    Status status;
    size_t consumed;             // of the bytes given: framing, and the data
    std::span<const char> data;  // when status is data
  };

  // Takes bytes up to the next piece of body, the end of the message or the end of `bytes`.
  Step next(std::span<const char> bytes);

 private:
  enum class State : uint8_t { size, extension, size_lf, data, data_cr, data_lf, trailer_start, trailer, end_lf, done };
  static constexpr uint32_t kMaxFramingBytes = 16 * 1024;  // of extensions and trailers together

  State state_ = State::size;
  uint8_t digits_ = 0;
  uint32_t framing_ = 0;
  uint64_t left_ = 0;
};

}  // namespace ringload::mock
