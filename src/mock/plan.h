// The options, parsed and checked: what every shard reads and nobody changes.
#pragma once
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "mock/fault.h"
#include "mock/latency.h"
#include "mock/rate_limits.h"
#include "mock/options.h"
#include "net/address.h"

namespace ringload::tls {
class Context;
}

namespace ringload::mock {

struct MockPlan {
  net::Address listen;
  unsigned shards = 1;
  unsigned connections = 0;  // of each shard; 0: not told
  uint64_t seed = 1;
  Distribution ttft, itl;
  uint32_t output_tokens = 0;
  bool stamp = false;
  FaultPlan faults;
  std::optional<Interval> outage, freeze;
  LimitOptions limits;
  std::shared_ptr<const tls::Context> tls;  // null: plain http
};

inline constexpr uint32_t kMostOutputTokens = 10'000'000;  // of one reply; a larger max_tokens is served up to here

// The error is a sentence that begins with the flag at fault.
std::expected<MockPlan, std::string> plan_mock(const MockOptions& options);

}  // namespace ringload::mock
