// From the pieces of a response's body to what it said: joins what reads cut apart, hands whole events or documents to
// the scenario's adapter, stamps tokens, and judges at the end.
#pragma once
#include <array>
#include <span>
#include <string_view>

#include "base/block_pool.h"
#include "engine/exchange.h"
#include "engine/recording.h"
#include "protocol/registry.h"

namespace ringload::engine {

class ReplyReader {
 public:
  struct Options {
    size_t max_event_bytes = 16 << 20;  // also of an unstreamed body
    uint32_t error_body_bytes = 0;      // of a failed answer's body to keep, 0 … 1024
    bool want_trace_id = false;
    bool keep_good_bodies = false;      // keep that many bytes of every answer
  };

  ReplyReader(BlockPool& blocks, const Options& options);

  // Before a request is started.
  void begin(Exchange& exchange);
  net::Take on_head(Exchange& exchange, const codec::ResponseHead& head, Nanos at);
  // `gaps`: where the gaps between tokens are recorded; null in a warm-up.
  net::Take on_body(Exchange& exchange, std::span<char> bytes, Nanos at, StageRecording* gaps);
  // The response has ended as the client says; sets outcome.error and the rest of the outcome but for `end`.
  void on_end(Exchange& exchange, ErrorClass error, std::string_view detail);
  // Gives back what the body needed.
  void release(Exchange& exchange);

 private:
  // Of the bytes at hand.
  struct Arrival {
    Nanos at;
    StageRecording* gaps;
    uint32_t coalesced = 0;  // tokens that came with the one before
  };

  net::Take read_events(Exchange& exchange, std::span<char> bytes, Nanos at, StageRecording* gaps);
  size_t take_usual_events(Exchange& exchange, std::span<const char> bytes, Arrival& arrival);
  net::Take read_other_events(Exchange& exchange, std::span<char> bytes, Arrival& arrival);
  void stamp_token(Exchange& exchange, const ReplyPart& part, Arrival& arrival);
  void keep_learned(Exchange& exchange);
  net::Take read_document(Exchange& exchange, std::span<char> bytes);
  void take_document(Exchange& exchange, std::span<char> document);
  bool append_tail(Exchange& exchange, std::span<const char> bytes);
  void keep_error_body(Exchange& exchange, std::span<const char> bytes);
  void keep_body(Exchange& exchange, std::span<const char> bytes);
  net::Take fail(Exchange& exchange, ErrorClass error, std::string_view detail);

  BlockPool& blocks_;
  Options options_;
  protocol::ReplyParserPtr parser_;
  std::array<char, 1024> learning_;  // where an event is learned, whichever stream it is of
};

// What a status other than 200 means.
ErrorClass classify_status(int status, bool has_retry_after);

}  // namespace ringload::engine
