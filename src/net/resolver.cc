#include "net/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <cstring>

namespace ringload::net {

std::expected<std::vector<Address>, std::string> resolve(const std::string& host, uint16_t port) {
  if (auto numeric = Address::parse(host, port)) return std::vector<Address>{*numeric};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (result == EAI_NONAME || result == EAI_ADDRFAMILY) {
    // AI_ADDRCONFIG ignores loopback interfaces: a host without any other still has localhost.
    hints.ai_flags = 0;
    result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  }
  if (result != 0) return std::unexpected("cannot resolve \"" + host + "\": " + ::gai_strerror(result));
  std::vector<Address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    Address address;
    std::memcpy(&address.v6, entry->ai_addr, std::min<size_t>(entry->ai_addrlen, sizeof address.v6));
    address.size = entry->ai_addrlen;
    address.set_port(port);
    const bool known = std::any_of(addresses.begin(), addresses.end(),
                                   [&](const Address& other) { return other.text() == address.text(); });
    if (!known) addresses.push_back(address);
  }
  ::freeaddrinfo(list);
  if (addresses.empty()) return std::unexpected("\"" + host + "\" has neither an IPv4 nor an IPv6 address");
  return addresses;
}

}  // namespace ringload::net
