#include "sim/network.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringload::sim {

Network::Network(uint64_t seed, const NetworkOptions& options, Timeline& timeline, Faults& faults,
                 std::function<void(Waiter&)> ready)
    : options_(options),
      timeline_(timeline),
      faults_(faults),
      random_(seed_of(seed, 0x6e6574)),
      ready_(std::move(ready)),
      ports_(options.port_low, options.port_high) {}

Endpoint& Network::create(uint16_t family) {
  uint32_t index;
  if (free_.empty()) {
    index = static_cast<uint32_t>(endpoints_.size());
    endpoints_.emplace_back().index = index;
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Endpoint& endpoint = endpoints_[index];
  endpoint.owned = true;
  endpoint.family = family;
  endpoint.window = options_.window_min + random_.below(options_.window_max - options_.window_min + 1);
  ++in_use_;
  return endpoint;
}

Endpoint* Network::find(uint32_t index, uint32_t generation) {
  Endpoint& endpoint = endpoints_[index];
  return endpoint.generation == generation ? &endpoint : nullptr;
}

void Network::destroy(Endpoint& endpoint) {
  RINGLOAD_ASSERT(!endpoint.owned && endpoint.waiters.empty());
  if (endpoint.port_taken) ports_.give(endpoint.local, endpoint.remote, endpoint.local.port);
  const uint32_t index = endpoint.index;
  const uint32_t generation = endpoint.generation + 1;
  endpoint.~Endpoint();
  new (&endpoint) Endpoint;
  endpoint.index = index;
  endpoint.generation = generation;
  free_.push_back(index);
  --in_use_;
}

// A closed endpoint stays as long as its peer may still send to it.
void Network::destroy_if_over(Endpoint& endpoint) {
  if (endpoint.owned) return;
  Endpoint* peer = endpoint.peer;
  if (peer != nullptr && peer->owned) return;
  if (peer != nullptr) {
    peer->peer = nullptr;
    destroy(*peer);
  }
  destroy(endpoint);
}

void Network::release(Endpoint& endpoint) {
  RINGLOAD_ASSERT(endpoint.owned && endpoint.waiters.empty());
  endpoint.owned = false;
  if (endpoint.state == EndpointState::listening) {
    std::erase_if(listeners_, [&](const auto& entry) { return entry.second == &endpoint; });
    while (!endpoint.backlog.empty()) {
      Endpoint& waiting = *endpoint.backlog.front();
      endpoint.backlog.pop_front();
      waiting.reset_on_close = true;
      release(waiting);
    }
    return destroy(endpoint);
  }
  if (endpoint.peer != nullptr) {
    if (endpoint.arrived > 0 || endpoint.reset_on_close || endpoint.state == EndpointState::connecting) {
      send_reset(endpoint);
    } else if (!endpoint.fin_sent) {
      endpoint.fin_sent = true;
      plan(*endpoint.peer, EventKind::fin);
    }
    endpoint.inbound.reset();
    endpoint.arrived = 0;
  }
  destroy_if_over(endpoint);
}

// ---- names ----

int Network::bind(Endpoint& endpoint, const sockaddr* address, socklen_t size) {
  SocketName name;
  if (!name_of(address, size, name)) return -EINVAL;
  if (name.family != endpoint.family) return -EAFNOSUPPORT;
  if (endpoint.local.family != 0 || endpoint.state != EndpointState::fresh) return -EINVAL;
  if (name.port != 0 && listener_of(name) != nullptr) return -EADDRINUSE;
  endpoint.local = name;
  return 0;
}

int Network::listen(Endpoint& endpoint, int backlog) {
  if (endpoint.state != EndpointState::fresh) return -EINVAL;
  if (endpoint.local.family == 0) endpoint.local = SocketName::any(endpoint.family, 0);
  for (uint16_t port = options_.port_low; endpoint.local.port == 0; ++port) {
    if (port == options_.port_high) return -EADDRINUSE;
    if (!listeners_.contains(endpoint.local.with_port(port))) endpoint.local.port = port;
  }
  if (!listeners_.emplace(endpoint.local, &endpoint).second) return -EADDRINUSE;
  endpoint.state = EndpointState::listening;
  endpoint.backlog_max = static_cast<unsigned>(std::max(backlog, 0)) + 1;  // as Linux: one more than was asked for
  return 0;
}

Endpoint* Network::listener_of(const SocketName& name) {
  for (const SocketName& key : {name, SocketName::any(name.family, name.port), SocketName::any(AF_INET6, name.port)})
    if (const auto found = listeners_.find(key); found != listeners_.end()) return found->second;
  return nullptr;
}

int Network::set_option(Endpoint& endpoint, int level, int name, const void* value, unsigned size, bool port_ranges) {
  constexpr int kBindAddressNoPort = 24, kLocalPortRange = 51;
  if (value == nullptr) return -EFAULT;
  if (level == SOL_SOCKET && name == SO_LINGER) {
    linger how;
    if (size < sizeof how) return -EINVAL;
    std::memcpy(&how, value, sizeof how);
    endpoint.reset_on_close = how.l_onoff != 0 && how.l_linger == 0;
    return 0;
  }
  uint32_t number;
  if (size < sizeof number) return -EINVAL;
  std::memcpy(&number, value, sizeof number);
  if (level == IPPROTO_IP && name == kLocalPortRange && port_ranges) {
    const uint32_t low = number & 0xffff, high = number >> 16;
    if (low != 0 && high != 0 && low > high) return -EINVAL;
    endpoint.port_low = static_cast<uint16_t>(low);
    endpoint.port_high = static_cast<uint16_t>(high);
    return 0;
  }
  if (level == IPPROTO_IP && name == kBindAddressNoPort) return 0;
  if (level == IPPROTO_TCP && name >= TCP_NODELAY && name <= TCP_USER_TIMEOUT) return 0;
  if (level == SOL_SOCKET && (name == SO_REUSEADDR || name == SO_REUSEPORT || name == SO_KEEPALIVE ||
                              name == SO_SNDBUF || name == SO_RCVBUF || name == SO_BUSY_POLL))
    return 0;
  return -ENOPROTOOPT;
}

// ---- data ----

namespace {

size_t room_at(const Endpoint& to) { return to.window - std::min(to.window, to.inbound.size()); }

bool waited_for(Endpoint& endpoint, uint8_t what) {
  bool found = false;
  endpoint.waiters.for_each([&](Waiter* waiter) { found |= (waiter->wants & what) != 0; });
  return found;
}

// A plain loop, out of the sanitizers' sight: the kernel writes to buffers that tests poison for everybody else.
__attribute__((no_sanitize("address", "thread"), noinline, optimize("no-tree-loop-distribute-patterns"))) void
copy_as_kernel(char* to, const char* from, size_t count) {
  for (size_t i = 0; i < count; ++i) to[i] = from[i];
}

}  // namespace

Endpoint* Network::accept(Endpoint& listener) {
  if (listener.backlog.empty()) return nullptr;
  Endpoint* endpoint = listener.backlog.front();
  listener.backlog.pop_front();
  return endpoint;
}

ssize_t Network::send(Endpoint& endpoint, const char* bytes, size_t count) {
  if (endpoint.error != 0) return -std::exchange(endpoint.error, 0);
  if (endpoint.state == EndpointState::connecting) return -EAGAIN;
  if (endpoint.fin_sent || endpoint.state != EndpointState::connected) return -EPIPE;
  Endpoint& to = *endpoint.peer;
  const size_t room = room_at(to);
  if (room == 0) return -EAGAIN;
  size_t accepted = std::min(room, count);
  const bool cut_short = faults_.strikes(Fault::short_send);
  if (cut_short) accepted = 1 + faults_.pick(Fault::short_send, accepted);
  if (to.owned) to.inbound.append(bytes, accepted);
  plan_segments(to, accepted);
  if (cut_short) break_connection(endpoint);
  return static_cast<ssize_t>(accepted);
}

bool Network::has_more(const Endpoint& endpoint) const {
  return endpoint.arrived > 0 || endpoint.fin_arrived || endpoint.error != 0 || endpoint.receive_shut ||
         endpoint.state == EndpointState::broken;
}

ssize_t Network::receive(Endpoint& endpoint, char* into, size_t room) {
  if (endpoint.arrived > 0) {
    const size_t count = std::min(room, endpoint.arrived);
    copy_as_kernel(into, endpoint.inbound.data(), count);
    endpoint.inbound.drop_front(count);
    endpoint.arrived -= count;
    bytes_delivered_ += count;
    // Linux tells a sender about room when a third of its buffer is free; only one that waits wants to know.
    Endpoint* peer = endpoint.peer;
    if (peer != nullptr && room_at(endpoint) >= endpoint.window / 3 && waited_for(*peer, kWritable))
      timeline_.schedule(timeline_.now() + latency(), EventKind::writable, peer->index, peer->generation);
    return static_cast<ssize_t>(count);
  }
  if (endpoint.fin_arrived) return 0;
  if (endpoint.error != 0) return -std::exchange(endpoint.error, 0);
  if (endpoint.state == EndpointState::broken || endpoint.receive_shut) return 0;
  return endpoint.state == EndpointState::connected ? -EAGAIN : -ENOTCONN;
}

int Network::shutdown(Endpoint& endpoint, int how) {
  if (endpoint.state != EndpointState::connected) return -ENOTCONN;
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
  if (how != SHUT_RD && !endpoint.fin_sent) {
    endpoint.fin_sent = true;
    plan(*endpoint.peer, EventKind::fin);
  }
  if (how != SHUT_WR) endpoint.receive_shut = true;
  wake(endpoint, kReadable | kWritable);
  return 0;
}

void Network::wake(Endpoint& endpoint, uint8_t what) {
  endpoint.waiters.for_each([&](Waiter* waiter) {
    if ((waiter->wants & what) != 0) ready_(*waiter);
  });
}

}  // namespace ringload::sim
