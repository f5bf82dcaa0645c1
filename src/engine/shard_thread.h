// A shard on a thread of its own, pinned to a CPU: made there, so that its memory is near that CPU.
#pragma once
#include <expected>
#include <memory>
#include <string>
#include <thread>

#include "engine/shard.h"

namespace ringload::engine {

class ShardThread {
 public:
  // `cpu`: −1 for none. Starts the thread and waits until the shard is ready. Signals are blocked on it.
  static std::expected<std::unique_ptr<ShardThread>, std::string> start(const load::Workload& workload,
                                                                        ShardOptions options, int cpu);
  ~ShardThread();  // the shard must have been told to quit

  Shard& shard() { return *shard_; }
  int cpu() const { return cpu_; }
  int tid() const { return tid_; }
  void wake();
  // CPU that the thread has used, user and system.
  Nanos cpu_time() const { return cpu_time_; }
  void join();

 private:
  ShardThread() = default;
  void run(const load::Workload& workload, ShardOptions options);

  std::unique_ptr<Shard> shard_;
  std::thread thread_;
  int wake_fd_ = -1;
  int cpu_ = -1;
  int tid_ = 0;
  Nanos cpu_time_ = 0;
  std::string error_;
  bool ready_ = false;  // guarded by mutex_
  struct Gate;
  std::unique_ptr<Gate> gate_;
};

}  // namespace ringload::engine
