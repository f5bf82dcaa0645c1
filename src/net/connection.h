// A connection of the client: where it stands in the response of the request that it carries.
#pragma once
#include <cstdint>

#include "base/block_pool.h"
#include "base/intrusive_list.h"
#include "codec/chunked.h"
#include "codec/http1.h"
#include "io/timer_wheel.h"
#include "net/client.h"

namespace ringload::net {

enum class ConnectionState : uint8_t {
  closed,
  connecting,  // for `request`
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
  ConnectionTimer timer;       // of connecting or lingering
  Stream* stream = nullptr;
  Request* request = nullptr;
  Request* sending = nullptr;  // whose bytes the kernel is reading; may have ended before that
  uint32_t target = 0;
  int8_t address = -1;         // which of the target's
  ConnectionState state = ConnectionState::closed;
  Phase phase = Phase::head;
  bool keep_alive = false;
  bool served = false;         // has carried a complete response
  bool received_any = false;   // of the present response
  int send_error = 0;          // errno of a send that failed; the receive's end decides what that means
  Nanos opened = 0;            // connect submitted
  Nanos head_began = -1;       // the completion with the first byte of the present head
  uint64_t left = 0;           // body bytes to come, when their number is known
  codec::HeadParser head;
  codec::ChunkedDecoder chunked;
  Block tail;                  // an unfinished head
  uint32_t tail_size = 0;
};

}  // namespace ringload::net
