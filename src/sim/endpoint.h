// One socket of the simulated network. What is on its way to it or waits unread is kept here, at the receiving side.
#pragma once
#include <cstdint>
#include <deque>

#include "base/intrusive_list.h"
#include "base/time.h"
#include "sim/byte_queue.h"
#include "sim/socket_name.h"

namespace ringload::sim {

inline constexpr uint8_t kReadable = 1;  // bytes, FIN, an error, or a connection to accept
inline constexpr uint8_t kWritable = 2;  // room, an error, or a finished connect

// Somebody who wants to know when an endpoint becomes ready.
struct Waiter : ListNode {
  uint8_t wants = 0;
};

enum class EndpointState : uint8_t {
  fresh,
  listening,
  connecting,
  connected,
  broken,  // by RST, or a connect that failed
};

struct Endpoint {
  uint32_t index = 0;
  uint32_t generation = 0;
  EndpointState state = EndpointState::fresh;
  bool owned = false;          // a descriptor or an operation refers to it
  bool fin_sent = false;
  bool fin_arrived = false;
  bool receive_shut = false;   // shutdown(SHUT_RD)
  bool reset_sent = false;     // what still arrives is ignored
  bool reset_on_close = false; // SO_LINGER with time 0
  bool port_taken = false;
  uint16_t syn_tries = 0;
  int error = 0;               // told once, by whichever operation comes first, as Linux does (sk_err)
  uint16_t family = 0;
  SocketName local, remote;
  uint16_t port_low = 0, port_high = 0;  // IP_LOCAL_PORT_RANGE
  Endpoint* peer = nullptr;              // null: not connected (any more)

  ByteQueue inbound;           // sent by the peer and not yet read
  size_t arrived = 0;          // … of which so many are here
  size_t window = 0;           // bound of inbound
  Nanos last_arrival = 0;      // nothing overtakes on a connection

  std::deque<Endpoint*> backlog;  // of a listener: to be accepted
  unsigned backlog_max = 0;

  IntrusiveList<Waiter> waiters;
};

}  // namespace ringload::sim
