// What a completion belongs to: operation, slot and the slot's generation packed into user_data. A completion whose
// generation is not its slot's current one is stale: counted and dropped.
#pragma once
#include <cstdint>

namespace ringload::io {

enum class Op : uint8_t {
  none = 0,      // nobody waits for it
  socket,        // the chain that opens a stream: socket, option, bind, connect
  option,
  bind,
  connect,
  accept,        // multishot; slot = listener
  receive,       // multishot with provided buffers
  send,
  cancel,        // of everything on the slot, hard-linked to close
  close,
  wake,          // an eventfd was written: commands wait
  write,         // a file write (JSONL)
  abandon,       // cancels one send
};

struct UserData {
  Op op;
  uint32_t generation;  // 24 bits
  uint32_t slot;
};

constexpr uint32_t kGenerationMask = 0xff'ffff;

constexpr uint64_t pack(Op op, uint32_t slot, uint32_t generation) {
  return static_cast<uint64_t>(op) << 56 | static_cast<uint64_t>(generation & kGenerationMask) << 32 | slot;
}

constexpr UserData unpack(uint64_t user_data) {
  return {static_cast<Op>(user_data >> 56), static_cast<uint32_t>(user_data >> 32) & kGenerationMask,
          static_cast<uint32_t>(user_data)};
}

}  // namespace ringload::io
