// Faults that a share of the requests meets: "reset=0.1%,500=1%,stall=0.5%:10s,truncate=0.1%,malformed=1%".
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/prng.h"
#include "base/time.h"

namespace ringload::mock {

enum class FaultKind : uint8_t {
  none,
  status,        // answered with that status, 400 to 599: "500=1%"
  reset,         // the connection is reset (RST) in the middle of the answer's body
  truncate,      // … or closed (FIN)
  stall,         // nothing more for a while in the middle of the answer: "stall=0.5%:10s"
  malformed,     // JSON that is none, in the body or in one event
  stream_error,  // an error event ends the stream; unstreamed: an error object in a 200
  empty,         // a 200 without any text
};
inline constexpr unsigned kFaultKinds = 8;
std::string_view fault_name(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::none;
  int status = 0;       // of FaultKind::status
  Nanos duration = 0;   // of FaultKind::stall
};

class FaultPlan {
 public:
  FaultPlan() = default;
  // The error is a sentence that names the part at fault.
  static std::expected<FaultPlan, std::string> parse(std::string_view text);

  bool empty() const { return entries_.empty(); }
  Fault draw(Prng& prng) const;

 private:
  struct Entry {
    Fault fault;
    double up_to;  // shares of this entry and those before it
  };
  std::vector<Entry> entries_;
};

// "30s@60s": for 30 s, from 60 s after the start on.
struct Interval {
  Nanos begin = 0;
  Nanos length = 0;

  static std::expected<Interval, std::string> parse(std::string_view text);
  bool contains(Nanos since_start) const { return since_start >= begin && since_start < begin + length; }
};

}  // namespace ringload::mock
