// Where finished turns go on their way to the JSONL: a bounded queue out of the shard. It never blocks; what it cannot
// take is dropped and counted.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "engine/exchange.h"

namespace ringload::engine {

class TurnLog {
 public:
  virtual void log(const Exchange& exchange) = 0;

 protected:
  ~TurnLog() = default;
};

}  // namespace ringload::engine
