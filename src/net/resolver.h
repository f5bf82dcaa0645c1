// Names to addresses, off the shards: blocking, through the system's resolver.
#pragma once
#include <expected>
#include <string>
#include <vector>

#include "net/address.h"

namespace ringload::net {

// Every stream address of `host`, in the resolver's order. `host` may be numeric. The error is a sentence.
std::expected<std::vector<Address>, std::string> resolve(const std::string& host, uint16_t port);

}  // namespace ringload::net
