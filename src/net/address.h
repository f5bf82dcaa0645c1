// A socket address, IPv4 or IPv6.
#pragma once
#include <netinet/in.h>

#include <expected>
#include <string>

namespace ringload::net {

struct Address {
  union {
    sockaddr base;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t size = 0;

  Address() : v6{} {}
  int family() const { return base.sa_family; }
  uint16_t port() const;
  void set_port(uint16_t port);
  bool is_loopback() const;
  std::string text() const;  // "127.0.0.1:8080", "[::1]:8080"

  // A numeric address, without a name look-up.
  static std::expected<Address, std::string> parse(const std::string& host, uint16_t port);
};

}  // namespace ringload::net
