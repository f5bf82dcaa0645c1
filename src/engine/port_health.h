// Local ports as a run used them, by source and target address.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "engine/capacity.h"
#include "engine/shard_thread.h"
#include "net/address.h"
#include "ringload/result.h"

namespace ringload::engine {

// `addresses`: by target. After the shards have ended.
PortHealth port_health(std::span<const std::unique_ptr<ShardThread>> threads,
                       std::span<const std::vector<net::Address>> addresses, const HostLimits& limits);

}  // namespace ringload::engine
