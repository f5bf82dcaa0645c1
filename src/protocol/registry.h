// The table of wire formats: every adapter by name. Explicit, because linkers drop self-registering objects from static
// libraries.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "ringload/adapter.h"

namespace ringload::protocol {

std::span<const Adapter* const> adapters();
// nullptr when there is none of that name.
const Adapter* find_adapter(std::string_view name);

struct ReplyParserDeleter {
  void operator()(ReplyParser* parser) const;
};
using ReplyParserPtr = std::unique_ptr<ReplyParser, ReplyParserDeleter>;
// With memory for documents of up to `max_bytes`, all of it allocated now.
ReplyParserPtr make_reply_parser(size_t max_bytes);

}  // namespace ringload::protocol
