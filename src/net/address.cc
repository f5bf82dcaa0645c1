#include "net/address.h"

#include <arpa/inet.h>

#include <cstring>

namespace ringload::net {

uint16_t Address::port() const { return ntohs(family() == AF_INET6 ? v6.sin6_port : v4.sin_port); }

void Address::set_port(uint16_t port) { (family() == AF_INET6 ? v6.sin6_port : v4.sin_port) = htons(port); }

bool Address::is_loopback() const {
  if (family() == AF_INET) return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  return family() == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

std::string Address::text() const {
  char host[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET6) {
    ::inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(port());
  }
  if (family() != AF_INET) return "none";
  ::inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(port());
}

std::expected<Address, std::string> Address::parse(const std::string& host, uint16_t port) {
  Address address;
  if (::inet_pton(AF_INET, host.c_str(), &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.size = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, host.c_str(), &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.size = sizeof(sockaddr_in6);
  } else {
    return std::unexpected("\"" + host + "\" is not an IPv4 or IPv6 address");
  }
  address.set_port(port);
  return address;
}

}  // namespace ringload::net
