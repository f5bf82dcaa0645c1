#include "io/buffer_ring.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.h"

namespace ringload::io {

std::expected<std::unique_ptr<BufferRing>, std::string> BufferRing::create(Ring& ring, uint16_t group, unsigned count,
                                                                           unsigned size) {
  RINGLOAD_ASSERT(count > 0 && count <= 32768 && (count & (count - 1)) == 0);
  std::unique_ptr<BufferRing> buffers(new BufferRing);
  buffers->group_ = group;
  buffers->count_ = count;
  buffers->size_ = size;
  // The shared ring first (page-aligned, as the kernel wants it), the buffers behind it.
  const size_t shared_bytes = (count * sizeof(io_uring_buf) + 4095) & ~size_t{4095};
  buffers->mapped_ = shared_bytes + size_t{count} * (size + kSlack);
  void* memory =
      ::mmap(nullptr, buffers->mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return std::unexpected("no memory for " + std::to_string(count) + " receive buffers");
  buffers->shared_ = static_cast<io_uring_buf_ring*>(memory);
  buffers->memory_ = static_cast<char*>(memory) + shared_bytes;

  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uint64_t>(buffers->shared_);
  registration.ring_entries = count;
  registration.bgid = group;
  if (const int result = ring.reg(IORING_REGISTER_PBUF_RING, &registration, 1); result < 0)
    return std::unexpected(std::string("io_uring could not register receive buffers: ") + std::strerror(-result));
  buffers->ring_ = &ring;

  buffers->out_ = count;
  for (unsigned id = 0; id < count; ++id) buffers->recycle(static_cast<uint16_t>(id));
  buffers->out_peak_ = 0;
  buffers->publish();
  return buffers;
}

BufferRing::~BufferRing() {
  if (ring_ != nullptr) {
    io_uring_buf_reg registration{};
    registration.bgid = group_;
    ring_->reg(IORING_UNREGISTER_PBUF_RING, &registration, 1);
  }
  if (shared_ != nullptr) ::munmap(shared_, mapped_);
}

std::span<char> BufferRing::at(uint16_t id, unsigned bytes) {
  RINGLOAD_ASSERT(id < count_ && bytes <= size_ && out_ < count_);
  ++out_;
  out_peak_ = std::max(out_peak_, out_);
  return {memory_ + size_t{id} * (size_ + kSlack), bytes};
}

void BufferRing::recycle(uint16_t id) {
  RINGLOAD_ASSERT(id < count_ && out_ > 0);
  --out_;
  // bufs[0].resv is the shared tail: each field is written on its own so that it is never overwritten here.
  io_uring_buf& buffer = shared_->bufs[tail_ & (count_ - 1)];
  buffer.addr = reinterpret_cast<uint64_t>(memory_ + size_t{id} * (size_ + kSlack));
  buffer.len = size_;
  buffer.bid = id;
  ++tail_;
}

void BufferRing::publish() { io_uring_smp_store_release(&shared_->tail, tail_); }

}  // namespace ringload::io
