#include "sim/port_table.h"

#include <algorithm>

#include "base/assert.h"

namespace ringload::sim {

uint16_t PortTable::take(const SocketName& local, const SocketName& remote, uint16_t low, uint16_t high) {
  low = std::max(low == 0 ? low_ : low, low_);
  high = std::min(high == 0 ? high_ : high, high_);
  if (low > high) return 0;
  Pair& ports = pair(local, remote);
  const unsigned count = high - low + 1u;
  const unsigned start = ports.after >= low && ports.after < high ? ports.after + 1u - low : 0;
  for (unsigned i = 0; i < count; ++i) {
    const auto port = static_cast<uint16_t>(low + (start + i) % count);
    if (ports.taken[port]) continue;
    ports.taken[port] = true;
    ports.after = port;
    ++used_;
    return port;
  }
  return 0;
}

bool PortTable::take_exactly(const SocketName& local, const SocketName& remote, uint16_t port) {
  Pair& ports = pair(local, remote);
  if (ports.taken[port]) return false;
  ports.taken[port] = true;
  ++used_;
  return true;
}

void PortTable::give(const SocketName& local, const SocketName& remote, uint16_t port) {
  Pair& ports = pair(local, remote);
  RINGLOAD_ASSERT(ports.taken[port]);
  ports.taken[port] = false;
  --used_;
}

}  // namespace ringload::sim
