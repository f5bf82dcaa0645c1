#include "sim/sim_ring.h"

#include <cstring>

#include "base/assert.h"

namespace ringload::sim {
namespace {

unsigned load(const unsigned& from) { return __atomic_load_n(&from, __ATOMIC_ACQUIRE); }
void store(unsigned& to, unsigned value) { __atomic_store_n(&to, value, __ATOMIC_RELEASE); }

constexpr size_t kCompletionWords = 2;
static_assert(sizeof(io_uring_cqe) == kCompletionWords * sizeof(uint64_t));

}  // namespace

SimRing::SimRing(unsigned index, unsigned sq_entries, unsigned cq_entries, unsigned flags)
    : index_(index),
      flags_(flags),
      cq_entries_(cq_entries),
      shared_(std::make_unique<Shared>()),
      array_(sq_entries),
      entries_(sq_entries),
      completions_(cq_entries * kCompletionWords) {
  shared_->sq_mask = sq_entries - 1;
  shared_->sq_entries = sq_entries;
  shared_->cq_mask = cq_entries - 1;
  shared_->cq_entries = cq_entries;
  for (unsigned i = 0; i < sq_entries; ++i) array_[i] = i;
  enabled = (flags & IORING_SETUP_R_DISABLED) == 0;
}

void SimRing::describe(io_uring& ring, io_uring_params& params) const {
  ring = {};
  io_uring_sq& sq = ring.sq;
  sq.khead = &shared_->sq_head;
  sq.ktail = &shared_->sq_tail;
  sq.kring_mask = &shared_->sq_mask;
  sq.kring_entries = &shared_->sq_entries;
  sq.kflags = &shared_->sq_flags;
  sq.kdropped = &shared_->sq_dropped;
  sq.array = const_cast<unsigned*>(array_.data());
  sq.sqes = const_cast<io_uring_sqe*>(entries_.data());
  sq.ring_mask = shared_->sq_mask;
  sq.ring_entries = shared_->sq_entries;
  sq.ring_ptr = shared_.get();
  sq.ring_sz = sizeof *shared_;
  io_uring_cq& cq = ring.cq;
  cq.khead = &shared_->cq_head;
  cq.ktail = &shared_->cq_tail;
  cq.kring_mask = &shared_->cq_mask;
  cq.kring_entries = &shared_->cq_entries;
  cq.kflags = &shared_->cq_flags;
  cq.koverflow = &shared_->cq_overflow;
  cq.cqes = reinterpret_cast<io_uring_cqe*>(const_cast<uint64_t*>(completions_.data()));
  cq.ring_mask = shared_->cq_mask;
  cq.ring_entries = shared_->cq_entries;
  cq.ring_ptr = shared_.get();
  cq.ring_sz = sizeof *shared_;
  params.sq_entries = shared_->sq_entries;
  params.cq_entries = cq_entries_;
  ring.flags = params.flags;
  ring.features = params.features;
  ring.ring_fd = ring.enter_ring_fd = -1;  // no descriptor: a call that bypasses the table must not find one
}

bool SimRing::take(io_uring_sqe& entry) {
  while (shared_->sq_head != load(shared_->sq_tail)) {
    const unsigned index = array_[shared_->sq_head & shared_->sq_mask];
    const bool valid = index < entries_.size();
    if (valid) {
      std::memcpy(&entry, &entries_[index], sizeof entry);
    } else {
      ++shared_->sq_dropped;
    }
    store(shared_->sq_head, shared_->sq_head + 1);
    if (valid) return true;
  }
  return false;
}

unsigned SimRing::submitted_not_taken() const {
  const unsigned prepared = user != nullptr ? user->sq.sqe_tail : load(shared_->sq_tail);
  return prepared - shared_->sq_head;
}

unsigned SimRing::ready() const { return cq_tail_ - load(shared_->cq_head); }

void SimRing::show_completions() { store(shared_->cq_tail, cq_tail_); }

bool SimRing::post(const io_uring_cqe& completion, bool pretend_full) {
  uint64_t words[kCompletionWords];
  std::memcpy(words, &completion, sizeof words);
  if (!has_room() || pretend_full) {
    // Behind what is kept aside already, or the order would be lost.
    kept_aside_.emplace_back(words[0], words[1]);
    store(shared_->sq_flags, shared_->sq_flags | IORING_SQ_CQ_OVERFLOW);
    return false;
  }
  std::memcpy(&completions_[(cq_tail_++ & shared_->cq_mask) * kCompletionWords], words, sizeof words);
  return true;
}

void SimRing::flush_kept_aside() {
  while (!kept_aside_.empty() && ready() < cq_entries_) {
    const auto [first, second] = kept_aside_.front();
    kept_aside_.pop_front();
    const size_t at = (cq_tail_++ & shared_->cq_mask) * kCompletionWords;
    completions_[at] = first;
    completions_[at + 1] = second;
  }
  if (kept_aside_.empty()) store(shared_->sq_flags, shared_->sq_flags & ~IORING_SQ_CQ_OVERFLOW);
}

void SimRing::show_work() {
  if ((flags_ & IORING_SETUP_TASKRUN_FLAG) == 0) return;
  const unsigned without = shared_->sq_flags & ~IORING_SQ_TASKRUN;
  store(shared_->sq_flags, work.empty() ? without : without | IORING_SQ_TASKRUN);
}

int SimRing::choose_slot() {
  const auto search = [this](unsigned from, unsigned to) {
    for (unsigned slot = from; slot < to; ++slot)
      if (files[slot] == nullptr) return static_cast<int>(slot);
    return -1;
  };
  if (alloc_hint < alloc_from || alloc_hint >= alloc_to) alloc_hint = alloc_from;
  int slot = search(alloc_hint, alloc_to);
  if (slot < 0) slot = search(alloc_from, alloc_hint);
  if (slot >= 0) alloc_hint = static_cast<unsigned>(slot) + 1;
  return slot;
}

}  // namespace ringload::sim
