// The formats that this folder has, one file each.
#pragma once
#include "ringload/adapter.h"

namespace ringload::protocol {

extern constinit const Adapter openai_chat;
extern constinit const Adapter openai_completions;
extern constinit const Adapter openai_embeddings;
extern constinit const Adapter anthropic;

}  // namespace ringload::protocol
