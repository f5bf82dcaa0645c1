// Memory that parsing replies needs, one per shard, all of it taken when it is made.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>

#include "protocol/json_cursor.h"
#include "ringload/adapter.h"

namespace ringload {

class ReplyParser {
 public:
  // For documents of up to `max_bytes` (< 4 GiB). About 4 bytes of address space per byte; touched only as documents
  // need it.
  explicit ReplyParser(size_t max_bytes);
  ~ReplyParser();
  ReplyParser(const ReplyParser&) = delete;
  ReplyParser& operator=(const ReplyParser&) = delete;

  // A cursor at the document's first token; valid until the next call. Not valid() when `json` is empty, too long, not
  // UTF-8, or has a control byte in a string or a string without an end.
  protocol::JsonCursor read(std::string_view json);

 private:
  struct Tokenizer;
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace ringload
