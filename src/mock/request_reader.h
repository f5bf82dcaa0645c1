// Assembles one request after the other from what arrives on a connection. A request that lies whole in one receive is
// not copied; a body that does not is gathered in a block of the shard's pool.
#pragma once
#include <cstdint>
#include <span>

#include "base/block_pool.h"
#include "mock/chunked_body.h"
#include "mock/request_parser.h"

namespace ringload::mock {

class RequestReader {
 public:
  enum class Status : uint8_t {
    more,     // keep what is left of the input and put more behind it
    go_on,    // the client waits for "100 Continue" before it sends the body; call again
    request,  // head() and body() are there; release() when done with the body
    bad       // fault() says why; nothing more can be read from this connection
  };

  // Takes from the front of `input`, which is followed by at least BlockPool::kSlack readable bytes.
  Status next(std::span<char>& input, BlockPool& pool);
  // Ends the request returned last (or the one begun, when the connection goes) and gives its memory back.
  void release(BlockPool& pool);

  const RequestHead& head() const { return head_; }
  // Followed by BlockPool::kSlack readable bytes.
  std::span<char> body() const { return body_; }
  RequestFault fault() const { return fault_; }
  // In the middle of a body.
  bool in_body() const { return state_ == State::body; }

 private:
  enum class State : uint8_t { head, body, complete, bad };

  Status refuse(RequestFault fault);
  Status begin_body(std::span<char>& input, BlockPool& pool);
  Status gather(std::span<char>& input);
  Status gather_chunked(std::span<char>& input, BlockPool& pool);
  Status complete(std::span<char> body);

  State state_ = State::head;
  RequestFault fault_ = RequestFault::none;
  bool asked_to_go_on_ = false;
  RequestHeadParser parser_;
  ChunkedBody chunked_;
  Block block_;
  uint32_t gathered_ = 0;
  std::span<char> body_;
  RequestHead head_;
};

}  // namespace ringload::mock
