#include "sim/socket_name.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace ringload::sim {

bool name_of(const sockaddr* address, socklen_t size, SocketName& name) {
  if (address == nullptr || size < sizeof(sa_family_t)) return false;
  if (address->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    name = {AF_INET, ntohs(v4.sin_port), 0, ntohl(v4.sin_addr.s_addr)};
    return true;
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    name = {AF_INET6, ntohs(v6.sin6_port), 0, 0};
    std::memcpy(&name.high, v6.sin6_addr.s6_addr, 8);
    std::memcpy(&name.low, v6.sin6_addr.s6_addr + 8, 8);
    return true;
  }
  return false;
}

void write_address(const SocketName& name, sockaddr* address, socklen_t* size) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const void* from = &v4;
  socklen_t full = sizeof v4;
  if (name.family == AF_INET6) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(name.port);
    std::memcpy(v6.sin6_addr.s6_addr, &name.high, 8);
    std::memcpy(v6.sin6_addr.s6_addr + 8, &name.low, 8);
    from = &v6;
    full = sizeof v6;
  } else {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(name.port);
    v4.sin_addr.s_addr = htonl(static_cast<uint32_t>(name.low));
  }
  std::memcpy(address, from, std::min(*size, full));
  *size = full;
}

}  // namespace ringload::sim
