// A TCP-like network between virtual addresses: every address exists, a port answers when somebody listens on it. Bytes
// travel in order, are cut anywhere, take their time, and are bounded by a window per direction; FIN and RST follow
// Linux where programs can tell:
//  - closing with unread bytes sends RST, otherwise FIN; bytes that reach a closed socket are answered by RST;
//  - after RST, bytes that had arrived are still read, then the error is told once (EPIPE when FIN had arrived before),
//    by a send or a receive, whichever comes first; afterwards sends get EPIPE and receives 0.
// Simplified: no TIME_WAIT, and a local port is chosen at connect even when bind came first.
#pragma once
#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "base/prng.h"
#include "sim/endpoint.h"
#include "sim/fault.h"
#include "sim/port_table.h"
#include "sim/timeline.h"

namespace ringload::sim {

struct NetworkOptions {
  Nanos latency_min = 20 * kMicrosecond;   // one way
  Nanos latency_spread = 10 * kMicrosecond;  // mean of the exponential part on top, cut at 20 times that
  size_t window_min = 64 << 10, window_max = 256 << 10;  // bytes under way or unread; drawn per direction
  size_t segment_max = 16 << 10;           // bytes that arrive at once
  Nanos per_kilobyte = 800;                // ns from segment to segment: 10 Gbit/s
  double cut = 0.1;                        // share of segments that end at a random byte
  uint16_t port_low = 32768, port_high = 60999;
  Nanos syn_repeat = kSecond;              // doubles
  unsigned syn_tries = 7;                  // then ETIMEDOUT, 127 s after the start
  Nanos meddle_within = 50 * kMillisecond; // of a connection's start: when Fault::reset and early_fin happen
};

class Network {
 public:
  // `ready` is told about a waiter whose endpoint became what it wants; it stays in the list.
  Network(uint64_t seed, const NetworkOptions& options, Timeline& timeline, Faults& faults,
          std::function<void(Waiter&)> ready);

  Endpoint& create(uint16_t family);
  // The last reference has gone: FIN or RST, and the endpoint's memory when nobody can ask for it any more.
  void release(Endpoint& endpoint);

  // All of these: 0, a count or -errno.
  int bind(Endpoint& endpoint, const sockaddr* address, socklen_t size);
  int listen(Endpoint& endpoint, int backlog);
  int set_option(Endpoint& endpoint, int level, int name, const void* value, unsigned size, bool port_ranges);
  int connect(Endpoint& endpoint, const sockaddr* address, socklen_t size);  // 0: under way, see connect_result
  void disconnect(Endpoint& endpoint);  // connect to AF_UNSPEC: RST to the peer, what is unread is lost
  int connect_result(Endpoint& endpoint);                                    // -EAGAIN while under way
  Endpoint* accept(Endpoint& listener);                                      // null: nobody waits
  ssize_t send(Endpoint& endpoint, const char* bytes, size_t count);         // -EAGAIN: no room
  ssize_t receive(Endpoint& endpoint, char* into, size_t room);              // 0: FIN
  bool has_more(const Endpoint& endpoint) const;  // a receive would not wait
  int shutdown(Endpoint& endpoint, int how);

  // Both ends see RST, now.
  void break_connection(Endpoint& endpoint);
  // Connections with this remote or local port, oldest first: one end each, the connecting one.
  std::vector<Endpoint*> connections(uint16_t port);

  void handle(const Event& event);

  size_t endpoints() const { return in_use_; }  // existing, closed ones whose peer is still open among them
  uint64_t ports_used() const { return ports_.used(); }
  uint64_t bytes_delivered() const { return bytes_delivered_; }

 private:
  Endpoint* find(uint32_t index, uint32_t generation);
  Endpoint* listener_of(const SocketName& name);
  Nanos latency();
  void plan(Endpoint& to, EventKind kind, uint32_t amount = 0);
  void plan_segments(Endpoint& to, size_t count);
  void send_syn(Endpoint& client);
  void on_syn(Endpoint& client);
  void on_refused(Endpoint& client, int error);
  void established(Endpoint& client);
  void send_reset(Endpoint& from);
  void on_reset(Endpoint& endpoint, int error);
  void wake(Endpoint& endpoint, uint8_t what);
  void destroy(Endpoint& endpoint);
  void destroy_if_over(Endpoint& endpoint);

  NetworkOptions options_;
  Timeline& timeline_;
  Faults& faults_;
  Prng random_;
  std::function<void(Waiter&)> ready_;
  std::deque<Endpoint> endpoints_;  // stable addresses
  std::vector<uint32_t> free_;
  size_t in_use_ = 0;
  std::map<SocketName, Endpoint*> listeners_;
  PortTable ports_;
  uint64_t bytes_delivered_ = 0;
};

}  // namespace ringload::sim
