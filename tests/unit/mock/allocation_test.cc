// Nothing is allocated for a usual request: operator new is counted on every thread but the test's own.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "mock/server.h"
#include "test_client.h"

namespace {

std::atomic<uint64_t> g_elsewhere{0};
thread_local bool t_is_test = false;

void* counted(size_t size) {
  if (!t_is_test) g_elsewhere.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(size_t size) { return counted(size); }
void* operator new[](size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }

namespace ringload::mock {
namespace {

uint64_t allocations_of(MockOptions options, const std::vector<std::string>& bodies) {
  t_is_test = true;
  options.listen = "127.0.0.1:0";
  options.connections = 16;
  auto server = MockServer::start(*plan_mock(options));
  TestClient client((*server)->address());
  const auto round = [&] {
    for (const std::string& body : bodies) {
      client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: m\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\n\r\n" + body);
      EXPECT_EQ(client.read_response().status(), 200);
    }
  };
  for (int i = 0; i < 20; ++i) round();
  const uint64_t before = g_elsewhere.load();
  for (int i = 0; i < 100; ++i) round();
  return g_elsewhere.load() - before;
}

TEST(Allocation, NoneForUsualRequests) {
  const std::string head = R"({"model":"m","messages":[{"role":"user","content":")";
  const std::string plain = head + "one two\"}],\"max_tokens\":128}";
  const std::string escaped = head + "one\\ntwo\"}],\"max_tokens\":128}";
  const std::string stream = head + "one two\"}],\"max_tokens\":300,\"stream\":true}";
  std::string large = head;
  for (int i = 0; i < 12'500; ++i) large += "water ";
  large += "\"}],\"max_tokens\":64}";
  EXPECT_EQ(allocations_of({}, {plain, escaped, stream, large}), 0u);
  MockOptions timed;
  timed.ttft = "exp(100us)";
  timed.itl = "exp(10us)";
  timed.max_concurrency = 4;
  timed.rpm = 1'000'000;
  EXPECT_EQ(allocations_of(timed, {plain, stream}), 0u);
}

}  // namespace
}  // namespace ringload::mock
