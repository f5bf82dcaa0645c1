#include "reference.h"

namespace ringload::fuzz {

void Lines::add(const std::string& line) {
  if (times_ != 0 && line == last_) {
    ++times_;
    return;
  }
  done_ = text();
  last_ = line;
  times_ = 1;
}

std::string Lines::text() const {
  if (times_ == 0) return done_;
  return done_ + last_ + (times_ == 1 ? "" : " x" + std::to_string(times_)) + '\n';
}

}  // namespace ringload::fuzz
