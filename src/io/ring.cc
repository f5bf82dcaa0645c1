#include "io/ring.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/assert.h"
#include "io/socket_options.h"

namespace ringload::io {
namespace {

std::string setup_error(int error) {
  switch (error) {
    case ENOSYS:
      return "io_uring is not available: this kernel has none, or a seccomp filter (a container's default profile) hides "
             "it. Needed: Linux 6.1 or newer; for a container, a seccomp profile that allows io_uring_setup, "
             "io_uring_enter and io_uring_register.";
    case EPERM: {
      std::FILE* file = std::fopen("/proc/sys/kernel/io_uring_disabled", "r");
      int disabled = 0;
      if (file != nullptr) {
        if (std::fscanf(file, "%d", &disabled) != 1) disabled = 0;
        std::fclose(file);
      }
      if (disabled > 0)
        return "io_uring is disabled on this host: kernel.io_uring_disabled is " + std::to_string(disabled) +
               ". Remedy: sysctl -w kernel.io_uring_disabled=0";
      return "io_uring is not permitted: a seccomp filter (a container's default profile) refuses it. Remedy: a seccomp "
             "profile that allows io_uring_setup, io_uring_enter and io_uring_register.";
    }
    case EINVAL:
      return "io_uring is too old here: it refuses the set-up flags of Linux 6.1. Remedy: a kernel of 6.1 or newer.";
    case ENOMEM:
      return "io_uring got no memory for its queues: raise the limit of locked memory (ulimit -l) or use fewer shards.";
    case EMFILE:
    case ENFILE:
      return "io_uring got no file descriptor: raise the limit of open files (ulimit -n).";
    default: return std::string("io_uring could not be set up: ") + std::strerror(error);
  }
}

}  // namespace

std::expected<std::unique_ptr<Ring>, std::string> Ring::open(const Kernel& kernel, const RingOptions& options) {
  std::unique_ptr<Ring> ring(new Ring(kernel, options));
  io_uring_params params{};
  // R_DISABLED: the ring belongs to the thread that enables it, which need not be the one that opens it.
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;
  params.cq_entries = options.completions;
  if (const int result = kernel.setup(kernel.self, options.entries, &params, &ring->ring_); result < 0)
    return std::unexpected(setup_error(-result));
  ring->open_ = true;

  io_uring_rsrc_register table{};
  table.nr = options.files;
  table.flags = IORING_RSRC_REGISTER_SPARSE;
  if (const int result = ring->reg(IORING_REGISTER_FILES2, &table, sizeof table); result < 0) {
    if (result == -EMFILE)
      return std::unexpected("the limit of open files is too low for " + std::to_string(options.files) +
                             " connections on one shard: raise it (ulimit -n, LimitNOFILE=) or use more shards.");
    return std::unexpected("io_uring could not make a table of " + std::to_string(options.files) +
                           " files: " + std::strerror(-result));
  }

  constexpr unsigned kProbed = 64;
  alignas(io_uring_probe) char memory[sizeof(io_uring_probe) + kProbed * sizeof(io_uring_probe_op)] = {};
  auto* probe = reinterpret_cast<io_uring_probe*>(memory);
  uint32_t found = kBaselineFeatures;
  if (ring->reg(IORING_REGISTER_PROBE, probe, kProbed) == 0) {
    const auto supports = [probe](unsigned op) {
      return op <= probe->last_op && (probe->ops[op].flags & IO_URING_OP_SUPPORTED) != 0;
    };
    if (supports(kOpFutexWait)) found |= kSocketOption | kPortRange;
    if (supports(kOpBind)) found |= kBind;
  }
  if (params.features & kFeatMinTimeout) found |= kAbsoluteTimer;
  ring->features_ = found & ~options.masked_features;
  return ring;
}

Ring::~Ring() {
  if (open_) kernel_.teardown(kernel_.self, &ring_);
}

std::expected<void, std::string> Ring::enable() {
  if (const int result = reg(IORING_REGISTER_ENABLE_RINGS, nullptr, 0); result < 0)
    return std::unexpected(std::string("io_uring could not be enabled: ") + std::strerror(-result));
  reg(IORING_REGISTER_RING_FDS, nullptr, 1);  // cheaper enters; without it they still work
  reaped_at_ = entered_at_ = now();
  return {};
}

io_uring_sqe* Ring::sqe() {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  if (sqe == nullptr) {
    submit();
    sqe = io_uring_get_sqe(&ring_);
    // With SUBMIT_ALL the kernel takes all that it is given; the completion queue is sized for all that can be owed.
    RINGLOAD_ASSERT(sqe != nullptr);
  }
  std::memset(sqe, 0, sizeof *sqe);
  return sqe;
}

void Ring::reserve(unsigned n) {
  if (io_uring_sq_space_left(&ring_) < n) submit();
}

unsigned Ring::pending() const { return ring_.sq.sqe_tail - ring_.sq.sqe_head; }

unsigned Ring::flush() {
  io_uring_sq& sq = ring_.sq;
  sq.sqe_head = sq.sqe_tail;
  io_uring_smp_store_release(sq.ktail, sq.sqe_tail);
  return sq.sqe_tail - io_uring_smp_load_acquire(sq.khead);
}

int Ring::enter(unsigned to_submit, unsigned min_complete, unsigned flags, io_uring_getevents_arg* argument) {
  ++enters_;
  const int result = kernel_.enter(kernel_.self, &ring_, to_submit, min_complete, flags, argument);
  // The kernel's own counter knows only what it lost for want of memory.
  kept_aside_ += (__atomic_load_n(ring_.sq.kflags, __ATOMIC_RELAXED) & IORING_SQ_CQ_OVERFLOW) != 0;
  return result;
}

void Ring::submit() {
  for (int attempt = 0; attempt < 8; ++attempt) {
    const unsigned to_submit = flush();
    if (to_submit == 0) return;
    const int result = enter(to_submit, 0, 0, nullptr);
    if (result >= 0 || result == -EINTR) continue;
    // The completion queue overflowed (EBUSY) or memory is short (EAGAIN): let the kernel move what it keeps aside.
    RINGLOAD_ASSERT(result == -EBUSY || result == -EAGAIN || result == -EBADR);
    enter(0, 0, IORING_ENTER_GETEVENTS, nullptr);
  }
}

void Ring::submit_and_wait(unsigned min_complete, Nanos deadline) {
  const unsigned to_submit = flush();
  entered_at_ = now();
  unsigned flags = IORING_ENTER_GETEVENTS;
  io_uring_getevents_arg argument{};
  __kernel_timespec timeout;
  io_uring_getevents_arg* argument_or_null = nullptr;
  if (deadline != kNever && min_complete > 0) {
    Nanos value = deadline;
    if (has(kAbsoluteTimer)) {
      flags |= kEnterAbsTimer;
    } else {
      value = deadline - entered_at_;
    }
    if (deadline <= entered_at_) {
      min_complete = 0;
    } else {
      timeout.tv_sec = value / kSecond;
      timeout.tv_nsec = value % kSecond;
      argument.ts = reinterpret_cast<uint64_t>(&timeout);
      argument_or_null = &argument;
    }
  }
  const int result = enter(to_submit, min_complete, flags, argument_or_null);
  RINGLOAD_ASSERT(result >= 0 || result == -ETIME || result == -EINTR || result == -EBUSY || result == -EAGAIN ||
                  result == -EBADR);
  reaped_at_ = now();
}

uint64_t Ring::overflows() const { return kept_aside_ + *ring_.cq.koverflow; }

int Ring::reg(unsigned opcode, const void* argument, unsigned nr) {
  return kernel_.reg(kernel_.self, &ring_, opcode, argument, nr);
}

int Ring::install_file(unsigned slot, int fd) {
  int32_t descriptor = fd;
  io_uring_files_update update{};
  update.offset = slot;
  update.fds = reinterpret_cast<uint64_t>(&descriptor);
  const int result = reg(IORING_REGISTER_FILES_UPDATE, &update, 1);
  return result < 0 ? result : 0;
}

}  // namespace ringload::io
