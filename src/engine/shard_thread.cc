#include "engine/shard_thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <system_error>

#include "base/alloc_guard.h"
#include "io/kernel.h"

namespace ringload::engine {

struct ShardThread::Gate {
  std::mutex mutex;
  std::condition_variable opened;
};

std::expected<std::unique_ptr<ShardThread>, std::string> ShardThread::start(const load::Workload& workload,
                                                                            ShardOptions options, int cpu) {
  std::unique_ptr<ShardThread> self(new ShardThread);
  self->gate_ = std::make_unique<Gate>();
  self->cpu_ = cpu;
  self->wake_fd_ = ::eventfd(0, EFD_CLOEXEC);
  if (self->wake_fd_ < 0) return std::unexpected("no file descriptor for a shard: raise the limit of open files");
  options.wake_fd = self->wake_fd_;
  self->thread_ = std::thread([raw = self.get(), &workload, options] { raw->run(workload, options); });
  std::unique_lock lock(self->gate_->mutex);
  self->gate_->opened.wait(lock, [&] { return self->ready_; });
  if (!self->error_.empty()) return std::unexpected(self->error_);
  return self;
}

ShardThread::~ShardThread() {
  join();
  shard_.reset();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void ShardThread::join() {
  if (thread_.joinable()) thread_.join();
}

void ShardThread::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

void ShardThread::run(const load::Workload& workload, ShardOptions options) {
  tid_ = ::gettid();
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  ::pthread_setname_np(::pthread_self(), ("shard " + std::to_string(options.index)).c_str());
  if (cpu_ >= 0) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<unsigned>(cpu_), &only);
    ::pthread_setaffinity_np(::pthread_self(), sizeof only, &only);
  }
  std::string error;
  try {
    auto shard = Shard::create(io::linux_kernel(), workload, options);
    if (!shard) {
      error = shard.error();
    } else {
      shard_ = std::move(*shard);
      if (auto enabled = shard_->enable(); !enabled) error = enabled.error();
    }
  } catch (const std::exception& e) {
    error = std::string("a shard could not be made: ") + e.what();
  }
  {
    const std::lock_guard lock(gate_->mutex);
    error_ = error;
    ready_ = true;
    gate_->opened.notify_one();
  }
  if (!error.empty()) return;
  {
    const ForbidAllocation none_from_here_on;
    while (shard_->step()) {
    }
  }
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  cpu_time_ = used.tv_sec * kSecond + used.tv_nsec;
}

}  // namespace ringload::engine
