// One io_uring instance, owned by the thread that calls enable(). Submissions are gathered and reach the kernel in one
// enter; completions appear only when an enter returns, so one clock reading per enter stamps them all
// (DEFER_TASKRUN; docs/ARCHITECTURE.md, "The clock").
#pragma once
#include <expected>
#include <memory>
#include <string>

#include "base/time.h"
#include "io/feature.h"
#include "io/kernel.h"

namespace ringload::io {

struct RingOptions {
  unsigned entries = 4096;         // submission queue; power of two
  unsigned completions = 16384;    // completion queue; power of two, at most 65536
  unsigned files = 1024;           // direct-descriptor table; bounded by RLIMIT_NOFILE (hard limit)
  uint32_t masked_features = 0;
};

class Ring {
 public:
  // The error is a whole sentence with the remedy (kernel too old, io_uring disabled, seccomp, RLIMIT_NOFILE).
  static std::expected<std::unique_ptr<Ring>, std::string> open(const Kernel& kernel, const RingOptions& options);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Called once, on the thread that will use the ring.
  std::expected<void, std::string> enable();

  // A zeroed submission entry. Enters the kernel when the queue is full.
  io_uring_sqe* sqe();
  // Room for n more entries without an enter in between (a linked chain must not be torn): enters when there is not.
  void reserve(unsigned n);
  unsigned pending() const;  // entries not yet handed over

  // Hands over what is pending without waiting for anything.
  void submit();
  // Hands over what is pending, then waits until `min_complete` completions are there or `deadline` has come (kNever:
  // no limit; an instant in the past: looks only). On return reaped_at() is fresh and for_each sees the completions.
  void submit_and_wait(unsigned min_complete, Nanos deadline);

  // Visits the completions that are there now, oldest first, and frees them. visit(const io_uring_cqe&) may submit.
  template <class Visit>
  unsigned for_each(Visit&& visit) {
    unsigned seen = 0;
    unsigned head;
    io_uring_cqe* cqe;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      visit(static_cast<const io_uring_cqe&>(*cqe));
      ++seen;
    }
    if (seen > 0) io_uring_cq_advance(&ring_, seen);
    return seen;
  }

  // Whether an enter would bring completions: some are there, or the kernel has work for this thread. Costs a load.
  bool has_work() const {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0 ||
           io_uring_cq_ready(&ring_) != 0;
  }

  Nanos now() const { return kernel_.now(kernel_.self); }
  Nanos reaped_at() const { return reaped_at_; }    // the clock when the last waiting enter returned
  Nanos entered_at() const { return entered_at_; }  // … and when it began
  bool has(Feature feature) const { return (features_ & feature) != 0; }
  uint32_t features() const { return features_; }
  const Kernel& kernel() const { return kernel_; }
  // Enters after which the kernel kept completions aside because the queue was full, and completions that it lost.
  uint64_t overflows() const;
  uint64_t enters() const { return enters_; }

  // io_uring_register(2): result or -errno.
  int reg(unsigned opcode, const void* argument, unsigned nr);
  // Puts fd into the file table at `slot` (the fallback's way); 0 or -errno. The caller still owns fd.
  int install_file(unsigned slot, int fd);

 private:
  Ring(const Kernel& kernel, const RingOptions& options) : kernel_(kernel), options_(options) {}
  unsigned flush();
  int enter(unsigned to_submit, unsigned min_complete, unsigned flags, io_uring_getevents_arg* argument);

  const Kernel& kernel_;
  RingOptions options_;
  io_uring ring_{};
  bool open_ = false;
  uint32_t features_ = 0;
  Nanos reaped_at_ = 0;
  Nanos entered_at_ = 0;
  uint64_t enters_ = 0;
  uint64_t kept_aside_ = 0;
};

}  // namespace ringload::io
