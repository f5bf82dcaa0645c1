// The memory and bookkeeping of one simulated ring: what liburing's inline helpers see, plus the kernel's side of it.
#pragma once
#include <liburing.h>

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/time.h"
#include "sim/file.h"
#include "sim/request.h"

namespace ringload::sim {

// Receive buffers provided by a ring shared with the program (IORING_REGISTER_PBUF_RING).
struct BufferGroup {
  io_uring_buf_ring* shared = nullptr;
  uint32_t entries = 0;
  uint16_t head = 0;
  uint16_t checked = 0;            // tail up to which `with_kernel` is known
  std::vector<bool> with_kernel;   // by buffer id: to find one that is provided twice
};

class SimRing {
 public:
  SimRing(unsigned index, unsigned sq_entries, unsigned cq_entries, unsigned flags);
  // Fills what liburing keeps.
  void describe(io_uring& ring, io_uring_params& params) const;

  unsigned index() const { return index_; }

  // ---- submission queue ----
  // The next entry, or false when there is none.
  bool take(io_uring_sqe& entry);
  unsigned submitted_not_taken() const;

  // ---- completion queue ----
  unsigned ready() const;  // completions in the queue, shown or not
  // False: kept aside, because the queue is full (or `pretend_full`).
  bool post(const io_uring_cqe& completion, bool pretend_full);
  void flush_kept_aside();
  // Lets the program see what was posted: when its enter returns, but not when that only records a wait, because then
  // its thread would still sleep.
  void show_completions();
  size_t kept_aside() const { return kept_aside_.size(); }
  bool has_room() const { return kept_aside_.empty() && ready() < cq_entries_; }
  unsigned cq_entries() const { return cq_entries_; }

  // ---- work that an enter with GETEVENTS runs ----
  std::deque<Request*> work;
  // Some of it wakes whoever waits, for however many completions: the next of a chain, a cancelled operation.
  bool urgent = false;
  void show_work();  // IORING_SQ_TASKRUN

  // ---- file table ----
  std::vector<File*> files;
  unsigned alloc_from = 0, alloc_to = 0;  // where the kernel may choose
  unsigned alloc_hint = 0;
  // A free slot of the kernel's choice, next-fit as Linux does; -1 when there is none.
  int choose_slot();

  std::map<uint16_t, BufferGroup> groups;
  std::vector<Request*> host_reads;  // armed on descriptors of the real process

  bool enabled = false;
  // The wait that the last enter recorded.
  bool waiting = false;
  unsigned wait_for = 0;
  Nanos wait_until = kNever;
  bool wake_spuriously = false;

  const io_uring* user = nullptr;  // to see entries that are prepared and not yet published

 private:
  struct Shared {  // heads and tails, apart from each other as in the kernel
    alignas(64) unsigned sq_head = 0;
    alignas(64) unsigned sq_tail = 0;
    alignas(64) unsigned cq_head = 0;
    alignas(64) unsigned cq_tail = 0;
    alignas(64) unsigned sq_mask = 0, sq_entries = 0, sq_flags = 0, sq_dropped = 0;
    unsigned cq_mask = 0, cq_entries = 0, cq_flags = 0, cq_overflow = 0;
  };

  unsigned index_;
  unsigned flags_;
  unsigned cq_entries_;
  std::unique_ptr<Shared> shared_;
  unsigned cq_tail_ = 0;
  std::vector<unsigned> array_;
  std::vector<io_uring_sqe> entries_;
  // io_uring_cqe ends in a flexible array member, so its size is given by hand: 16 bytes without CQE32.
  std::vector<uint64_t> completions_;
  std::deque<std::pair<uint64_t, uint64_t>> kept_aside_;  // as they lie in the queue
};

}  // namespace ringload::sim
