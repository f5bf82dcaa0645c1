// A connection of the client: where it stands in the response of the request that it carries.
#pragma once
#include <cstdint>

#include "base/block_pool.h"
#include "base/intrusive_list.h"
#include "codec/chunked.h"
#include "codec/http1.h"
#include "io/timer_wheel.h"
#include "net/client.h"
#include "net/port_use.h"
#include "tls/filter.h"

namespace ringload::net {

enum class ConnectionState : uint8_t {
  closed,
  connecting,  // for `request`
  handshaking, // TLS, for `request`
  idle,        // in its target's pool
  busy,        // carries `request`
  lingering,   // its request had enough; the framing has not ended yet
  closing,
};

enum class Phase : uint8_t { head, length, chunked, until_close };

struct Connection;

struct ConnectionTimer : io::Timer {
  Connection* owner = nullptr;
};

struct Connection : ListNode {
  ConnectionTimer timer;       // of connecting, handshaking or lingering
  Stream* stream = nullptr;
  Request* request = nullptr;
  Request* sending = nullptr;  // whose bytes the kernel is reading; may have ended before that
  uint32_t target = 0;
  PortUse::Pair* ports = nullptr;  // that its local port is one of
  int8_t address = -1;         // which of the target's
  ConnectionState state = ConnectionState::closed;
  Phase phase = Phase::head;
  bool keep_alive = false;
  bool served = false;         // has carried a complete response
  bool received_any = false;   // of the present response
  bool unsendable = false;     // there was no memory for the request, or to encrypt it; told by the timer
  int send_error = 0;          // errno of a send that failed; the receive's end decides what that means
  Nanos opened = 0;            // connect submitted
  Nanos head_began = -1;       // the completion with the first byte of the present head
  uint64_t left = 0;           // body bytes to come, when their number is known
  codec::HeadParser head;
  codec::ChunkedDecoder chunked;
  Block tail;                  // an unfinished head, or what a handshake that waits for its turn has been sent
  uint32_t tail_size = 0;
  // With TLS.
  tls::Filter filter;
  Block ciphertext;            // what the kernel is sending
  Nanos connected = 0;         // TCP was there, the handshake began
  Nanos arrived = 0;           // … of a handshake that waits for its turn: the reap of its newest bytes
  uint64_t sealed = 0;         // bytes of the request being sent that have been encrypted
  bool unconfirmed = false;    // the server's word on our certificate is awaited; the timer bounds that
};

}  // namespace ringload::net
