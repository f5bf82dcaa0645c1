#include "mock/server.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <future>
#include <system_error>

namespace ringload::mock {
namespace {

constexpr unsigned kDefaultConnections = 20'000;
constexpr rlim_t kOtherFiles = 64;  // descriptors that are no connections

int64_t unix_now() {
  timespec t;
  ::clock_gettime(CLOCK_REALTIME, &t);
  return int64_t{t.tv_sec} * kSecond + t.tv_nsec;
}

// Raises the limit of open files as far as allowed: a ring's table of connections may not be larger.
rlim_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

std::expected<unsigned, std::string> connections_per_shard(const MockPlan& plan) {
  const rlim_t limit = raise_file_limit();
  const rlim_t most = limit == RLIM_INFINITY ? plan.connections + kDefaultConnections
                                             : std::max<rlim_t>(limit, kOtherFiles + 16) - kOtherFiles;
  if (plan.connections > most) {
    return std::unexpected(fmt::format(
        "--connections: {} is more than the limit of open files allows ({}); raise it (ulimit -n) or use more shards",
        plan.connections, most));
  }
  return plan.connections > 0 ? plan.connections : static_cast<unsigned>(std::min<rlim_t>(most, kDefaultConnections));
}

}  // namespace

std::expected<std::unique_ptr<MockServer>, std::string> MockServer::start(const MockPlan& plan) {
  std::unique_ptr<MockServer> server(new MockServer(plan));
  if (auto listening = server->listen(); !listening) return std::unexpected(std::move(listening.error()));
  if (auto started = server->start_shards(); !started) return std::unexpected(std::move(started.error()));
  return server;
}

MockServer::~MockServer() {
  stop();
  for (const int fd : wake_fds_) ::close(fd);
  if (listen_fd_ >= 0) ::close(listen_fd_);
}

std::expected<void, std::string> MockServer::listen() {
  address_ = shared_.plan.listen;
  io::SocketSpec spec;
  spec.family = address_.family();
  spec.listen = true;
  spec.local = &address_.base;
  spec.local_size = address_.size;
  const io::Kernel& kernel = io::linux_kernel();
  const int fd = kernel.socket(kernel.self, spec);
  if (fd < 0) {
    return std::unexpected(fmt::format("--listen: {} cannot be had: {}", address_.text(), std::strerror(-fd)));
  }
  listen_fd_ = fd;
  socklen_t size = sizeof address_.v6;
  if (::getsockname(fd, &address_.base, &size) != 0) return std::unexpected(std::string(std::strerror(errno)));
  address_.size = size;
  return {};
}

std::expected<void, std::string> MockServer::start_shards() {
  const io::Kernel& kernel = io::linux_kernel();
  const auto connections = connections_per_shard(shared_.plan);
  if (!connections) return std::unexpected(connections.error());
  shared_.started = kernel.now(kernel.self);
  for (unsigned index = 0; index < shared_.plan.shards; ++index) {
    const int wake_fd = ::eventfd(0, EFD_CLOEXEC);
    if (wake_fd < 0) return std::unexpected(fmt::format("no eventfd for a shard: {}", std::strerror(errno)));
    wake_fds_.push_back(wake_fd);
    MockShardOptions options;
    options.index = index;
    options.connections = *connections;
    options.masked_features = io::masked_features_from_environment();
    options.unix_ns = unix_now();

    std::promise<std::expected<void, std::string>> ready;
    auto is_ready = ready.get_future();
    // The shard is made on its own thread, so that its memory is near.
    threads_.emplace_back([this, options, wake_fd, ready = std::move(ready)]() mutable {
      std::unique_ptr<MockShard> shard;
      try {
        auto created = MockShard::create(io::linux_kernel(), shared_, options);
        if (!created) return ready.set_value(std::unexpected(std::move(created.error())));
        shard = std::move(*created);
      } catch (const std::exception& error) {
        return ready.set_value(std::unexpected(fmt::format("no memory for a shard: {}", error.what())));
      }
      if (auto started = shard->start(listen_fd_, wake_fd); !started) {
        return ready.set_value(std::unexpected(std::move(started.error())));
      }
      ready.set_value({});
      while (!stopping_.load(std::memory_order_acquire)) shard->step(kNever);
    });
    if (auto result = is_ready.get(); !result) return result;
  }
  return {};
}

double MockServer::seconds() const {
  const io::Kernel& kernel = io::linux_kernel();
  return static_cast<double>(kernel.now(kernel.self) - shared_.started) / static_cast<double>(kSecond);
}

void MockServer::stop() {
  stopping_.store(true, std::memory_order_release);
  for (const int fd : wake_fds_) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

int run_mock(const MockOptions& options) {
  const auto plan = plan_mock(options);
  if (!plan) {
    fmt::print(stderr, "ringload mock: {}\n", plan.error());
    return 2;
  }
  // Blocked here and so in every shard: only this thread takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto server = MockServer::start(*plan);
  if (!server) {
    fmt::print(stderr, "ringload mock: {}\n", server.error());
    return 2;
  }
  if (!options.quiet)
    fmt::print(stderr, "ringload mock: listening on {}://{} ({} shard{})\n", plan->tls != nullptr ? "https" : "http",
               (*server)->address().text(), options.shards, options.shards == 1 ? "" : "s");
  std::fflush(stderr);
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  (*server)->stop();
  const double seconds = (*server)->seconds();
  const auto totals = options.json ? totals_json((*server)->counters(), seconds)
                                   : totals_text((*server)->counters(), seconds);
  if (!options.quiet) std::fwrite(totals.data(), 1, totals.size(), stdout);
  std::fflush(stdout);
  return 0;
}

}  // namespace ringload::mock
