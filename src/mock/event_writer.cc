#include "mock/event_writer.h"

#include <bit>

namespace ringload::mock {

void EventWriter::end() {
  if (chunked_) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const size_t size = static_cast<size_t>(out_.at() - frame_) - kFrame;
    const auto digits = (static_cast<size_t>(std::bit_width(size)) + 3) / 4;
    if (digits != kFrame - 2) {
      // Rare sizes: make the frame as wide as it must be.
      const auto more = static_cast<ptrdiff_t>(digits) - static_cast<ptrdiff_t>(kFrame - 2);
      if (more > 0) out_.skip(static_cast<size_t>(more));
      std::memmove(frame_ + kFrame + more, frame_ + kFrame, size);
      if (more < 0) out_.take_back(static_cast<size_t>(-more));
      if (id_ != nullptr) id_ += more;
    }
    for (size_t i = 0; i < digits; ++i) frame_[i] = kDigits[size >> (4 * (digits - 1 - i)) & 15];
    frame_[digits] = '\r';
    frame_[digits + 1] = '\n';
    out_.text("\r\n");
  }
  last_id_ = id_ == nullptr ? kNoId : static_cast<uint32_t>(id_ - out_.begin());
}

}  // namespace ringload::mock
