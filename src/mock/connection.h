// What a shard keeps for one connection.
#pragma once
#include <cstdint>
#include <span>

#include "base/block_pool.h"
#include "base/intrusive_list.h"
#include "base/prng.h"
#include "io/timer_wheel.h"
#include "mock/counters.h"
#include "mock/reply.h"
#include "mock/request_reader.h"
#include "mock/responder.h"
#include "mock/response_head.h"
#include "tls/filter.h"

namespace ringload::mock {

class StreamBlock;
struct ClientConnection;

// A place in the queue of handshakes that wait for their turn.
struct Turn : ListNode {
  ClientConnection* owner = nullptr;
};

// The answer under way. A connection has at most one: what a client pipelines waits.
struct Answer {
  enum class Kind : uint8_t {
    none,   // between requests
    ready,  // rendered already, in `out`
    whole,  // rendered when it is due
    stream  // events, each when it is due
  };
  Kind kind = Kind::none;
  Endpoint endpoint = Endpoint::unknown;
  Connection keep = Connection::keep;
  bool http_1_0 = false;
  bool head_only = false;   // HEAD: no body
  bool head_sent = false;
  bool complete = false;    // all of it has been handed to send
  bool admitted = false;    // holds a place of the limits
  const Responder* responder = nullptr;
  Nanos arrived = 0;
  Nanos due = 0;            // of what comes next
  Nanos service = -1;       // drawn for its slot; -1: none
  uint32_t released = 0;    // events whose instant has come
  uint32_t next_event = 0;  // the first that has not been sent
  uint32_t fault_at = UINT32_MAX;  // the event before which the fault strikes
  Fault fault;
  Reply reply;
  uint8_t request_id_size = 0;
  char request_id[128];
};

struct ClientConnection : io::Timer {
  uint32_t slot = 0;
  bool go_on_in_flight = false;   // the send is a "100 Continue"
  bool closing = false;
  bool close_when_sent = false;   // the client has sent FIN: nothing more will come
  bool reset_when_sent = false;
  RequestReader reader;
  Block held;                     // input not yet read
  uint32_t held_size = 0;
  Block out;                      // memory of the send in flight, or of the ready answer
  StreamBlock* stream_block = nullptr;
  std::span<const char> ready;
  Prng prng{0};                   // of this answer's draws
  Answer answer;
  // With --tls.
  tls::Filter filter;
  Turn turn;                      // linked: a handshake waits, what has come for it is in `held`
  Block ciphertext;               // the send in flight
  std::span<const char> unsealed; // what is being sent and not yet encrypted
  bool carries_answer = false;    // the sends under way are not the handshake's alone
};

}  // namespace ringload::mock
