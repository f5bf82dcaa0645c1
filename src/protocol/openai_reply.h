// Replies of OpenAI's chat and text completions, and of the many servers that answer alike.
#pragma once
#include <span>
#include <string_view>

#include "protocol/reply_parser.h"
#include "ringload/adapter.h"

namespace ringload::protocol {

// Adapter::on_event and Adapter::on_body.
ReplyPart openai_event(ReplyParser& parser, Reply& reply, std::string_view type, std::span<char> data);
ReplyPart openai_body(ReplyParser& parser, Reply& reply, std::span<char> body);

}  // namespace ringload::protocol
