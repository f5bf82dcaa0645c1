// What happens on the way: connection requests, segments, FIN and RST, and who is told when they arrive.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/network.h"

namespace ringload::sim {

Nanos Network::latency() {
  const double extra = std::min(random_.exponential(), 20.0) * static_cast<double>(options_.latency_spread);
  return options_.latency_min + static_cast<Nanos>(extra);
}

// Nothing overtakes: what comes later arrives behind what is under way, by the time that its bytes take.
void Network::plan(Endpoint& to, EventKind kind, uint32_t amount) {
  const Nanos behind = to.last_arrival + static_cast<Nanos>(amount) * options_.per_kilobyte / 1024;
  to.last_arrival = std::max(behind, timeline_.now() + latency());
  timeline_.schedule(to.last_arrival, kind, to.index, to.generation, amount);
}

void Network::plan_segments(Endpoint& to, size_t count) {
  while (count > 0) {
    size_t segment = std::min(count, options_.segment_max);
    if (random_.uniform() < options_.cut) segment = 1 + random_.below(segment);
    plan(to, EventKind::segment, static_cast<uint32_t>(segment));
    count -= segment;
  }
}

// ---- connecting ----

int Network::connect(Endpoint& endpoint, const sockaddr* address, socklen_t size) {
  SocketName remote;
  if (!name_of(address, size, remote)) return -EINVAL;
  if (remote.family != endpoint.family) return -EAFNOSUPPORT;
  if (endpoint.state == EndpointState::connecting) return -EALREADY;
  if (endpoint.state == EndpointState::connected) return -EISCONN;
  if (endpoint.state != EndpointState::fresh) return -EINVAL;
  if (remote.port == 0) return -ECONNREFUSED;
  if (faults_.strikes(Fault::no_address)) return -EADDRNOTAVAIL;
  if (remote.any_address()) remote.low = remote.family == AF_INET ? INADDR_LOOPBACK : uint64_t{1} << 56;
  endpoint.remote = remote;
  if (endpoint.local.any_address()) {
    const uint16_t port = endpoint.local.port;
    endpoint.local = remote.with_port(port);  // loopback's choice: the address that one talks to
  }
  if (endpoint.local.port == 0) {
    endpoint.local.port = ports_.take(endpoint.local, remote, endpoint.port_low, endpoint.port_high);
    if (endpoint.local.port == 0) return -EADDRNOTAVAIL;
  } else if (!ports_.take_exactly(endpoint.local, remote, endpoint.local.port)) {
    return -EADDRNOTAVAIL;
  }
  endpoint.port_taken = true;
  endpoint.state = EndpointState::connecting;
  send_syn(endpoint);
  return 0;
}

void Network::send_syn(Endpoint& client) {
  const Nanos now = timeline_.now();
  if (client.syn_tries == options_.syn_tries) return on_refused(client, ETIMEDOUT);
  const Nanos repeat_in = options_.syn_repeat << client.syn_tries++;
  if (faults_.strikes(Fault::connect_timeout)) {
    const Nanos give_up_in = (options_.syn_repeat << options_.syn_tries) - repeat_in;
    timeline_.schedule(now + give_up_in, EventKind::refused, client.index, client.generation, ETIMEDOUT);
  } else if (faults_.strikes(Fault::syn_lost)) {
    timeline_.schedule(now + repeat_in, EventKind::syn_repeat, client.index, client.generation);
  } else {
    timeline_.schedule(now + latency(), EventKind::syn, client.index, client.generation);
  }
}

void Network::on_refused(Endpoint& client, int error) {
  client.state = EndpointState::broken;
  client.error = error;
  wake(client, kReadable | kWritable);
}

void Network::on_syn(Endpoint& client) {
  if (client.peer != nullptr) return;
  Endpoint* listener = listener_of(client.remote);
  if (listener == nullptr) {
    timeline_.schedule(timeline_.now() + latency(), EventKind::refused, client.index, client.generation, ECONNREFUSED);
    return;
  }
  if (listener->backlog.size() >= listener->backlog_max) {  // dropped, as Linux does: the client repeats it
    timeline_.schedule(timeline_.now() + (options_.syn_repeat << (client.syn_tries - 1)), EventKind::syn_repeat,
                       client.index, client.generation);
    return;
  }
  Endpoint& server = create(client.family);
  server.state = EndpointState::connected;
  server.local = client.remote;
  server.remote = client.local;
  server.peer = &client;
  client.peer = &server;
  listener->backlog.push_back(&server);
  plan(client, EventKind::connected);
  wake(*listener, kReadable);
}

void Network::established(Endpoint& client) {
  client.state = EndpointState::connected;
  if (faults_.strikes(Fault::reset)) {
    const auto within = faults_.pick(Fault::reset, static_cast<uint64_t>(options_.meddle_within) + 1);
    timeline_.schedule(timeline_.now() + static_cast<Nanos>(within), EventKind::meddle_reset, client.index,
                       client.generation);
  }
  if (faults_.strikes(Fault::early_fin)) {
    const auto within = faults_.pick(Fault::early_fin, static_cast<uint64_t>(options_.meddle_within) + 1);
    Endpoint& victim = faults_.pick(Fault::early_fin, 2) == 0 ? client : *client.peer;
    timeline_.schedule(timeline_.now() + static_cast<Nanos>(within), EventKind::meddle_fin, victim.index,
                       victim.generation);
  }
  wake(client, kWritable);
}

int Network::connect_result(Endpoint& endpoint) {
  if (endpoint.state == EndpointState::connecting) return -EAGAIN;
  if (endpoint.error != 0) return -std::exchange(endpoint.error, 0);
  return endpoint.state == EndpointState::connected ? 0 : -ECONNABORTED;
}

// ---- endings ----

void Network::send_reset(Endpoint& from) {
  if (from.reset_sent || from.peer == nullptr) return;
  from.reset_sent = true;
  from.fin_sent = true;
  from.state = EndpointState::broken;
  plan(*from.peer, EventKind::reset);
}

void Network::disconnect(Endpoint& endpoint) {
  if (endpoint.state != EndpointState::connected && endpoint.state != EndpointState::connecting) return;
  send_reset(endpoint);
  endpoint.state = EndpointState::broken;
  endpoint.error = ECONNRESET;
  endpoint.inbound.reset();
  endpoint.arrived = 0;
  wake(endpoint, kReadable | kWritable);
}

// RST reaches `endpoint`: nothing more comes or goes.
void Network::on_reset(Endpoint& endpoint, int error) {
  Endpoint* peer = std::exchange(endpoint.peer, nullptr);
  const bool was_over = endpoint.state == EndpointState::broken;
  endpoint.state = EndpointState::broken;
  endpoint.inbound.keep_front(endpoint.arrived);
  if (!was_over) endpoint.error = endpoint.fin_arrived && !endpoint.fin_sent ? EPIPE : error;
  if (peer != nullptr) {
    peer->peer = nullptr;
    if (!peer->owned) destroy(*peer);
  }
  if (endpoint.owned) {
    wake(endpoint, kReadable | kWritable);
  } else {
    destroy(endpoint);
  }
}

void Network::break_connection(Endpoint& endpoint) {
  if (endpoint.peer == nullptr) return;
  Endpoint& peer = *endpoint.peer;
  // Cut first, so that each side's end is its own.
  endpoint.peer = nullptr;
  peer.peer = nullptr;
  on_reset(peer, ECONNRESET);
  on_reset(endpoint, endpoint.state == EndpointState::connecting ? ECONNREFUSED : ECONNRESET);
}

std::vector<Endpoint*> Network::connections(uint16_t port) {
  std::vector<Endpoint*> found;
  for (Endpoint& endpoint : endpoints_)
    if (endpoint.port_taken && endpoint.peer != nullptr &&
        (endpoint.remote.port == port || endpoint.local.port == port))
      found.push_back(&endpoint);
  return found;
}

void Network::handle(const Event& event) {
  Endpoint* endpoint = find(event.target, event.generation);
  if (endpoint == nullptr) return;
  switch (event.kind) {
    case EventKind::segment:
      if (!endpoint->owned) {
        // Nobody reads any more: the sender learns it by RST.
        send_reset(*endpoint);
        return;
      }
      if (endpoint->state != EndpointState::connected || endpoint->fin_arrived) return;
      endpoint->arrived += event.amount;
      RINGLOAD_ASSERT(endpoint->arrived <= endpoint->inbound.size());
      return wake(*endpoint, kReadable);
    case EventKind::fin:
      if (endpoint->state != EndpointState::connected) return;
      endpoint->fin_arrived = true;
      return wake(*endpoint, kReadable);
    case EventKind::reset: return on_reset(*endpoint, ECONNRESET);
    case EventKind::syn:
      if (endpoint->state == EndpointState::connecting) on_syn(*endpoint);
      return;
    case EventKind::syn_repeat:
      if (endpoint->state == EndpointState::connecting) send_syn(*endpoint);
      return;
    case EventKind::connected:
      if (endpoint->state == EndpointState::connecting) established(*endpoint);
      return;
    case EventKind::refused:
      if (endpoint->state == EndpointState::connecting) on_refused(*endpoint, static_cast<int>(event.amount));
      return;
    case EventKind::writable: return wake(*endpoint, kWritable);
    case EventKind::meddle_reset: return break_connection(*endpoint);
    case EventKind::meddle_fin: {
      if (endpoint->peer == nullptr || endpoint->state != EndpointState::connected) return;
      Endpoint& other = *endpoint->peer;
      endpoint->inbound.keep_front(endpoint->arrived);
      endpoint->fin_arrived = true;
      other.peer = nullptr;
      endpoint->peer = nullptr;
      on_reset(other, ECONNRESET);
      // What this side still sends goes nowhere; it learns that at once rather than by RST to its next segment.
      if (endpoint->owned) {
        endpoint->state = EndpointState::broken;
        wake(*endpoint, kReadable | kWritable);
      } else {
        destroy(*endpoint);
      }
      return;
    }
    case EventKind::request_ready: RINGLOAD_ASSERT(false);
  }
}

}  // namespace ringload::sim
