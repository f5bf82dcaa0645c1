#include "protocol/reply_text.h"

#include <algorithm>
#include <cstring>

namespace ringload::protocol {

void keep_text(Reply& reply, std::string_view text) {
  if (reply.text_truncated) return;
  if (text.size() > reply.text_capacity - reply.text_size) {
    reply.text_truncated = true;
    return;
  }
  std::memcpy(reply.text + reply.text_size, text.data(), text.size());
  reply.text_size += static_cast<uint32_t>(text.size());
}

void take_id(Reply& reply, std::string_view id) {
  if (reply.id[0] != 0 || id.empty()) return;
  const size_t size = std::min(id.size(), sizeof(reply.id) - 1);
  std::memcpy(reply.id, id.data(), size);
  reply.id[size] = 0;
}

}  // namespace ringload::protocol
