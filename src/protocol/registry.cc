#include "protocol/registry.h"

#include <array>

#include "protocol/adapters.h"

namespace ringload::protocol {
namespace {

constinit const std::array<const Adapter*, 4> kAdapters = {
    &openai_chat,
    &anthropic,
    &openai_completions,
    &openai_embeddings,
};

}  // namespace

std::span<const Adapter* const> adapters() { return kAdapters; }

const Adapter* find_adapter(std::string_view name) {
  for (const Adapter* adapter : kAdapters) {
    if (adapter->name == name) return adapter;
  }
  return nullptr;
}

}  // namespace ringload::protocol
