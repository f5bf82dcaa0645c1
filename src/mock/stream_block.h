// Memory in which a whole stream is rendered when all of it is due. Streams of one scenario are equal but for the ids
// in their events, so a block that served one before keeps its content events and only gets the new ids.
//
//   [ … head | first events ][ content event 0 | 1 | … | n-1 ][ last events … ]
//                            ^ kContentAt
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "mock/responder.h"

namespace ringload::mock {

class StreamBlock {
 public:
  static constexpr size_t kBytes = 48 * 1024;
  static constexpr uint32_t kMaxEvents = 512;

  explicit StreamBlock(char* memory) : memory_(memory) {}

  // Renders the events from `from` up to at most `to`, fewer when they do not fit: `to` is what was rendered. In front
  // stand `head` and the first events when `from` is 0, behind them the last events when `to` is the reply's end.
  std::span<const char> render(const Responder& responder, const Reply& reply, bool chunked, std::string_view head,
                               uint32_t from, uint32_t& to);

 private:
  static constexpr size_t kContentAt = 4096;

  bool holds(const Responder& responder, const Reply& reply, bool chunked) const;
  void forget_unless_held(const Responder& responder, const Reply& reply, bool chunked);

  char* memory_;
  // What the content events, kept_ of them from the first on, were rendered for.
  const Responder* responder_ = nullptr;
  bool chunked_ = false;
  bool include_usage_ = false;
  uint8_t model_size_ = 0;
  uint32_t kept_ = 0;
  int64_t created_ = 0;
  std::array<char, kMaxModelBytes> model_;
  std::array<uint16_t, kMaxEvents> id_at_;  // from kContentAt
  std::array<uint16_t, kMaxEvents> end_at_;
};

// The blocks of one shard: the one used last is given out first, because it is in the cache and holds the right events.
class StreamBlocks {
 public:
  explicit StreamBlocks(uint32_t count);
  StreamBlock* take();
  void give(StreamBlock* block);
  size_t taken() const { return blocks_.size() - free_.size(); }

 private:
  struct Unmap {
    size_t bytes;
    void operator()(char* memory) const;
  };
  std::unique_ptr<char, Unmap> memory_;
  std::vector<StreamBlock> blocks_;
  std::vector<StreamBlock*> free_;
};

}  // namespace ringload::mock
