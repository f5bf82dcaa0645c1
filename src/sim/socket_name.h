// Address and port of one end of a connection, comparable: the key of listeners and local ports.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <compare>
#include <cstdint>

namespace ringload::sim {

struct SocketName {
  uint16_t family = 0;  // AF_INET or AF_INET6; 0: none yet
  uint16_t port = 0;    // host order
  uint64_t high = 0, low = 0;

  auto operator<=>(const SocketName&) const = default;
  bool any_address() const { return high == 0 && low == 0; }
  SocketName with_port(uint16_t other) const { return {family, other, high, low}; }
  // The wildcard of a family.
  static SocketName any(uint16_t family, uint16_t port) { return {family, port, 0, 0}; }
};

// False when the address is too short or of another family.
bool name_of(const sockaddr* address, socklen_t size, SocketName& name);
// Writes at most `*size` bytes, as accept(2) does, and sets it to the full size.
void write_address(const SocketName& name, sockaddr* address, socklen_t* size);

}  // namespace ringload::sim
