// The mock as threads: N shards that accept from one listening socket.
#pragma once
#include <atomic>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mock/shard.h"

namespace ringload::mock {

class MockServer {
 public:
  // Listens and serves when this returns. The error is a sentence with the remedy.
  static std::expected<std::unique_ptr<MockServer>, std::string> start(const MockPlan& plan);
  ~MockServer();
  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  // Where it listens, with the real port: "127.0.0.1:40123".
  const net::Address& address() const { return address_; }
  std::span<const ShardCounters> counters() const { return shared_.all_counters(); }
  double seconds() const;  // since the start
  void stop();

 private:
  explicit MockServer(const MockPlan& plan) : shared_(plan) {}
  std::expected<void, std::string> listen();
  std::expected<void, std::string> start_shards();

  MockShared shared_;
  net::Address address_;
  int listen_fd_ = -1;
  std::vector<int> wake_fds_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};
};

}  // namespace ringload::mock
