#include "mock/stream_block.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace ringload::mock {

static_assert(StreamBlock::kBytes <= 65536, "offsets are 16 bits");

bool StreamBlock::holds(const Responder& responder, const Reply& reply, bool chunked) const {
  return responder_ == &responder && chunked_ == chunked && include_usage_ == reply.request.include_usage &&
         created_ == reply.created && std::string_view(model_.data(), model_size_) == reply.request.model();
}

void StreamBlock::forget_unless_held(const Responder& responder, const Reply& reply, bool chunked) {
  if (holds(responder, reply, chunked)) return;
  kept_ = 0;
  responder_ = &responder;
  chunked_ = chunked;
  include_usage_ = reply.request.include_usage;
  created_ = reply.created;
  model_size_ = reply.request.model_size;
  std::memcpy(model_.data(), reply.request.model_text, model_size_);
}

std::span<const char> StreamBlock::render(const Responder& responder, const Reply& reply, bool chunked,
                                          std::string_view head, uint32_t from, uint32_t& to) {
  // Only what begins a stream is worth keeping, and only when an event says nothing of its reply but the id.
  const bool keep = from == 0 && !reply.stamped && reply.request.inputs == 1;
  if (keep) {
    forget_unless_held(responder, reply, chunked);
  } else {
    responder_ = nullptr;
    kept_ = 0;
  }

  char* const content = memory_ + kContentAt;
  const size_t reserved = max_last_events(reply);
  const size_t usable = kBytes - kContentAt - reserved;
  uint32_t index = from;
  for (const uint32_t known = std::min(to, kept_); index < known; ++index) {
    if (id_at_[index] != UINT16_MAX) std::memcpy(content + id_at_[index], reply.id.digits.data(), 16);
  }
  TextWriter out({content, kBytes - kContentAt});
  if (index > from) out.skip(end_at_[index - 1]);
  EventWriter events(out, chunked);
  for (; index < to && index - from < kMaxEvents && out.size() + kMaxContentEvent <= usable; ++index) {
    responder.content_event(events, reply, index);
    if (!keep) continue;
    id_at_[index] = events.last_id() == EventWriter::kNoId ? UINT16_MAX : static_cast<uint16_t>(events.last_id());
    end_at_[index] = static_cast<uint16_t>(out.size());
  }
  to = index;
  if (keep) kept_ = to;  // those beyond are written over by the last events, or were never there
  if (to == reply.events()) responder.last_events(events, reply);

  size_t before = 0;
  if (from == 0) {
    // Rendered apart and put right before the content, because its size differs from reply to reply.
    char front[kMaxFirstEvents];
    TextWriter front_out(front);
    EventWriter front_events(front_out, chunked);
    responder.first_events(front_events, reply);
    before = head.size() + front_out.size();
    RINGLOAD_ASSERT(before <= kContentAt);
    std::memcpy(content - front_out.size(), front, front_out.size());
    std::memcpy(content - before, head.data(), head.size());
  }
  return {content - before, before + out.size()};
}

void StreamBlocks::Unmap::operator()(char* memory) const { ::munmap(memory, bytes); }

StreamBlocks::StreamBlocks(uint32_t count) : memory_(nullptr, Unmap{size_t{count} * StreamBlock::kBytes}) {
  void* memory = ::mmap(nullptr, size_t{count} * StreamBlock::kBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "reserving the stream blocks");
  memory_.reset(static_cast<char*>(memory));
  blocks_.reserve(count);
  free_.reserve(count);
  for (uint32_t i = 0; i < count; ++i) blocks_.emplace_back(memory_.get() + size_t{i} * StreamBlock::kBytes);
  for (uint32_t i = count; i-- > 0;) free_.push_back(&blocks_[i]);
}

StreamBlock* StreamBlocks::take() {
  if (free_.empty()) return nullptr;
  StreamBlock* block = free_.back();
  free_.pop_back();
  return block;
}

void StreamBlocks::give(StreamBlock* block) { free_.push_back(block); }

}  // namespace ringload::mock
