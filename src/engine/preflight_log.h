// What came back for the requests before the load. Filled on a shard's thread, read when the preflight is over.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/exchange.h"
#include "ringload/run.h"

namespace ringload::engine {

class PreflightLog {
 public:
  static constexpr uint32_t kBodyBytes = 1024;

  explicit PreflightLog(uint32_t scenarios) : answers_(scenarios) {}

  void take(const Exchange& exchange);  // allocates nothing
  std::vector<PreflightAnswer> answers() const;

 private:
  struct Answer {
    ErrorClass error = ErrorClass::ok;
    int status = -1;
    std::array<char, 120> detail;
    std::array<char, kBodyBytes> body;
    uint32_t detail_size = 0, body_size = 0;
  };
  std::vector<Answer> answers_;
};

}  // namespace ringload::engine
