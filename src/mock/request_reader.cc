#include "mock/request_reader.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace ringload::mock {
namespace {

constexpr size_t kFirstChunkedBlock = 4096;

}  // namespace

RequestReader::Status RequestReader::refuse(RequestFault fault) {
  state_ = State::bad;
  fault_ = fault;
  return Status::bad;
}

RequestReader::Status RequestReader::complete(std::span<char> body) {
  state_ = State::complete;
  body_ = body;
  return Status::request;
}

RequestReader::Status RequestReader::next(std::span<char>& input, BlockPool& pool) {
  RINGLOAD_ASSERT(state_ != State::complete);
  if (state_ == State::bad) return Status::bad;
  if (state_ == State::head) {
    const auto step = parser_.parse(input, head_);
    if (step.status == RequestHeadParser::Status::more) return Status::more;
    if (step.status == RequestHeadParser::Status::bad) return refuse(step.fault);
    input = input.subspan(step.consumed);
    const Status status = begin_body(input, pool);
    if (status != Status::more) return status;
  }
  return head_.chunked ? gather_chunked(input, pool) : gather(input);
}

// `more`: the body has begun and is to be gathered.
RequestReader::Status RequestReader::begin_body(std::span<char>& input, BlockPool& pool) {
  if (!head_.chunked && input.size() >= head_.content_length) {
    const auto size = static_cast<size_t>(head_.content_length);
    const std::span<char> body = input.first(size);
    input = input.subspan(size);
    return complete(body);
  }
  block_ = pool.take(head_.chunked ? kFirstChunkedBlock : static_cast<size_t>(head_.content_length));
  if (block_.empty()) return refuse(RequestFault::no_memory);
  gathered_ = 0;
  state_ = State::body;
  if (head_.expect_continue && !head_.http_1_0 && input.empty()) return Status::go_on;
  return Status::more;
}

RequestReader::Status RequestReader::gather(std::span<char>& input) {
  const auto want = static_cast<size_t>(head_.content_length) - gathered_;
  const size_t size = std::min(want, input.size());
  std::memcpy(block_.data + gathered_, input.data(), size);
  gathered_ += static_cast<uint32_t>(size);
  input = input.subspan(size);
  return size == want ? complete({block_.data, gathered_}) : Status::more;
}

RequestReader::Status RequestReader::gather_chunked(std::span<char>& input, BlockPool& pool) {
  while (true) {
    const auto step = chunked_.next(input);
    input = input.subspan(step.consumed);
    switch (step.status) {
      case ChunkedBody::Status::more: return Status::more;
      case ChunkedBody::Status::bad: return refuse(RequestFault::chunk);
      case ChunkedBody::Status::done: return complete({block_.data, gathered_});
      case ChunkedBody::Status::data: break;
    }
    const size_t need = gathered_ + step.data.size();
    if (need > kMaxRequestBody) return refuse(RequestFault::body_too_large);
    if (need > block_.size && !pool.grow(block_, gathered_, need)) return refuse(RequestFault::no_memory);
    std::memcpy(block_.data + gathered_, step.data.data(), step.data.size());
    gathered_ += static_cast<uint32_t>(step.data.size());
  }
}

void RequestReader::release(BlockPool& pool) {
  pool.give(block_);
  body_ = {};
  gathered_ = 0;
  chunked_ = {};
  if (state_ != State::bad) {
    state_ = State::head;
    parser_ = {};
  }
}

}  // namespace ringload::mock
