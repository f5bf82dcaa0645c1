// What BoringSSL allocates: everything through our hooks, nothing new for records, little for an idle connection.
#include "tls/memory.h"

#include <openssl/mem.h>

#include <thread>

#include "world.h"

namespace ringload::tls::test {
namespace {

TEST(Memory, EveryPieceGoesThroughTheHooks) {
  const MemoryCounters before = memory_counters();
  for (const size_t size : {0, 1, 16, 17, 1000, 32768, 32769, 1 << 20}) {
    auto* piece = static_cast<unsigned char*>(OPENSSL_malloc(size));
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(piece) % 16, 0u);
    memset(piece, 0xab, size);
    piece = static_cast<unsigned char*>(OPENSSL_realloc(piece, size + 100));
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(piece[i], 0xab);
    OPENSSL_free(piece);
  }
  const MemoryCounters after = memory_counters();
  EXPECT_GE(after.taken - before.taken, 16u) << "libcrypto does not use the hooks";
  EXPECT_EQ(after.bytes, before.bytes);
  EXPECT_LE(after.kept, kMostKept);
}

TEST(Memory, FreedPiecesAreWipedAndUsedAgain) {
  auto* first = static_cast<char*>(OPENSSL_malloc(700));
  memset(first, 's', 700);
  OPENSSL_free(first);
  const uint64_t fresh = memory_counters().fresh;
  auto* second = static_cast<char*>(OPENSSL_malloc(690));
  EXPECT_EQ(second, first);
  EXPECT_EQ(memory_counters().fresh, fresh);
  for (size_t i = sizeof(void*); i < 690; ++i) ASSERT_EQ(second[i], 0);
  OPENSSL_free(second);
}

TEST(Memory, KeepsAtMostItsBound) {
  std::vector<void*> pieces;
  for (int i = 0; i < 1000; ++i) pieces.push_back(OPENSSL_malloc(16384));
  for (void* piece : pieces) OPENSSL_free(piece);
  EXPECT_LE(memory_counters().kept, kMostKept);
}

TEST(Memory, PiecesMayBeFreedByAnotherThread) {
  void* piece = OPENSSL_malloc(500);
  std::thread([&] { OPENSSL_free(piece); }).join();
  std::thread([&] { piece = OPENSSL_malloc(500); }).join();
  OPENSSL_free(piece);
}

class Cost : public testing::TestWithParam<Version> {
 protected:
  World& world = World::get();
  std::shared_ptr<const Context> server = world.good_server(GetParam());
  std::shared_ptr<const Context> client = world.trusting_client();
  Peer peer{"gw.example"};
};
INSTANTIATE_TEST_SUITE_P(Tls, Cost, testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& info) { return info.param == Version::tls1_2 ? "v12" : "v13"; });

TEST_P(Cost, RecordsOfAnOpenConnectionNeedNoNewMemory) {
  Pair pair(*client, *server, peer);
  pair.run();
  const std::string question(900, 'q'), answer(5000, 'a');
  const auto exchange = [&] {
    ASSERT_TRUE(pair.client.filter.write(question));
    pair.run(1448);
    ASSERT_TRUE(pair.server.filter.write(answer));
    pair.run(1448);
  };
  exchange();
  const MemoryCounters before = memory_counters();
  for (int i = 0; i < 100; ++i) exchange();
  const MemoryCounters after = memory_counters();
  EXPECT_EQ(after.fresh, before.fresh);
  EXPECT_EQ(after.bytes, before.bytes);
}

// The bound is 8 KiB for each idle connection.
TEST_P(Cost, AnIdleConnectionIsSmall) {
  constexpr int kMany = 50;
  BlockPool pool({256, 256, 256, 64, 16});
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < kMany; ++i) {
    pairs.push_back(std::make_unique<Pair>(*client, *server, peer));
    pairs.back()->run();
    ASSERT_TRUE(pairs.back()->client.filter.write(std::string_view("hello")));
    pairs.back()->run();
    ASSERT_TRUE(pairs.back()->server.filter.write(std::string_view("there")));
    pairs.back()->run();
    EXPECT_EQ(pairs.back()->client.received, "there");
  }
  const int64_t before = memory_counters().bytes;
  for (const auto& pair : pairs) pair->client.filter.close();
  const int64_t each = (before - memory_counters().bytes) / kMany;
  RecordProperty("bytes_per_idle_client", std::to_string(each));
  EXPECT_LT(each + static_cast<int64_t>(sizeof(Filter)), 8192);
}

}  // namespace
}  // namespace ringload::tls::test
