// Names to addresses, off the shards: blocking, through the system's resolver.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.h"

namespace ringload::net {

// Every stream address of `host`, in the resolver's order. `host` may be numeric. The error is a sentence.
std::expected<std::vector<Address>, std::string> resolve(const std::string& host, uint16_t port);

// What a name means by decree: "HOST:PORT:ADDR[,ADDR…]", an IPv6 address in brackets or bare.
struct FixedName {
  std::string host;  // lower case
  uint16_t port = 0;
  std::vector<Address> addresses;  // at least one
};
// The error says what is allowed.
std::expected<FixedName, std::string> parse_fixed_name(std::string_view text);
// The same as resolve(), unless one of `fixed` is this host and port.
std::expected<std::vector<Address>, std::string> resolve(const std::string& host, uint16_t port,
                                                         const std::vector<FixedName>& fixed);

}  // namespace ringload::net
