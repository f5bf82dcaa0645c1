// Client and server filters against each other: what goes in at one end comes out at the other, whatever the cuts.
#include "world.h"

namespace ringload::tls::test {
namespace {

using State = Filter::State;

std::string pattern(size_t size, int salt) {
  std::string text(size, 0);
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 31 + i / 251 + static_cast<size_t>(salt)) & 0xff);
  return text;
}

class Versions : public testing::TestWithParam<Version> {
 protected:
  World& world = World::get();
  std::shared_ptr<const Context> server = world.good_server(GetParam());
  std::shared_ptr<const Context> client = world.trusting_client();
};
INSTANTIATE_TEST_SUITE_P(Tls, Versions, testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& info) { return info.param == Version::tls1_2 ? "v12" : "v13"; });

TEST_P(Versions, CarryBytesBothWays) {
  Peer peer("gw.example");
  Pair pair(*client, *server, peer);
  EXPECT_TRUE(pair.client.filter.has_output()) << "the client speaks first";
  EXPECT_FALSE(pair.server.filter.has_output());
  pair.run();
  ASSERT_EQ(pair.client.filter.state(), State::open) << pair.client.filter.failure();
  ASSERT_EQ(pair.server.filter.state(), State::open);
  EXPECT_EQ(pair.client.filter.version(), GetParam() == Version::tls1_2 ? "TLSv1.2" : "TLSv1.3");
  EXPECT_FALSE(pair.client.filter.resumed());

  for (const size_t size : {size_t{1}, size_t{700}, size_t{16384}, size_t{16385}, size_t{200'000}}) {
    const std::string question = pattern(size, 1), answer = pattern(size, 2);
    pair.client.received.clear();
    pair.server.received.clear();
    ASSERT_TRUE(pair.client.filter.write(question));
    pair.run();
    EXPECT_EQ(pair.server.received, question);
    ASSERT_TRUE(pair.server.filter.write(answer));
    pair.run();
    EXPECT_EQ(pair.client.received, answer);
  }
}

TEST_P(Versions, EveryCutOfTheWireGivesTheSame) {
  const std::string question = pattern(900, 3), answer = pattern(20'000, 4);
  for (const size_t cut : {1, 2, 3, 5, 7, 13, 64, 1000, 1448}) {
    Peer peer("gw.example");
    Pair pair(*client, *server, peer);
    pair.run(cut);
    ASSERT_EQ(pair.client.filter.state(), State::open) << "cut " << cut;
    ASSERT_TRUE(pair.client.filter.write(question));
    pair.run(cut);
    ASSERT_TRUE(pair.server.filter.write(answer));
    pair.server.filter.say_goodbye();
    pair.run(cut);
    EXPECT_EQ(pair.server.received, question) << "cut " << cut;
    EXPECT_EQ(pair.client.received, answer) << "cut " << cut;
    EXPECT_EQ(pair.client.filter.state(), State::ended) << "cut " << cut;
  }
}

// One record cut at each of its bytes, its head included: nothing of it comes out before it is whole.
TEST_P(Versions, ARecordIsReadWhole) {
  Peer peer("gw.example");
  Pair pair(*client, *server, peer);
  pair.run();
  for (size_t cut = 1;; ++cut) {
    ASSERT_TRUE(pair.server.filter.write(pattern(100, 5)));
    const std::string wire = pair.take(pair.server);
    if (cut == wire.size()) break;
    pair.client.received.clear();
    pair.feed(pair.client, std::string_view(wire).substr(0, cut));
    EXPECT_EQ(pair.client.received, "");
    pair.feed(pair.client, std::string_view(wire).substr(cut));
    EXPECT_EQ(pair.client.received, pattern(100, 5));
  }
}

// A stream sends a record for each event, and many of them arrive at once.
TEST_P(Versions, ManyRecordsInOnePiece) {
  Peer peer("gw.example");
  Pair pair(*client, *server, peer);
  pair.run();
  const uint64_t pieces = pair.client.pieces_fed;
  std::string all;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(pair.server.filter.write(pattern(77, i)));
    all += pattern(77, i);
  }
  pair.run();
  EXPECT_EQ(pair.client.received, all);
  EXPECT_EQ(pair.client.pieces_fed, pieces + 1);
}

TEST_P(Versions, TicketsResumeTheSession) {
  Peer peer("gw.example");
  for (int i = 0; i < 3; ++i) {
    Pair pair(*client, *server, peer);
    pair.run();
    ASSERT_EQ(pair.client.filter.state(), State::open);
    EXPECT_EQ(pair.client.filter.resumed(), i > 0);
    ASSERT_TRUE(pair.client.filter.write(std::string_view("again")));
    ASSERT_TRUE(pair.server.filter.write(std::string_view("and")));  // in 1.3 a ticket goes with it
    pair.run();
    EXPECT_EQ(pair.server.received, "again");
    EXPECT_EQ(pair.client.received, "and");
    EXPECT_TRUE(peer.has_ticket());
  }
}

// A server that has forgotten its keys (started anew) makes a whole handshake of it.
TEST_P(Versions, ATicketOfAnotherServerIsNoHarm) {
  Peer peer("gw.example");
  for (int i = 0; i < 2; ++i) {
    const auto fresh = world.good_server(GetParam());
    Pair pair(*client, *fresh, peer);
    EXPECT_EQ(peer.has_ticket(), i > 0);
    pair.run();
    ASSERT_TRUE(pair.server.filter.write(std::string_view("hello")));
    pair.run();
    ASSERT_EQ(pair.client.filter.state(), State::open) << pair.client.filter.failure();
    EXPECT_FALSE(pair.client.filter.resumed());
  }
}

TEST_P(Versions, WithoutGoodbyeTheEndIsNotClean) {
  Peer peer("gw.example");
  Pair pair(*client, *server, peer);
  pair.run();
  ASSERT_TRUE(pair.server.filter.write(std::string_view("half")));
  pair.run();
  EXPECT_EQ(pair.client.filter.state(), State::open);
  pair.server.filter.say_goodbye();
  pair.run();
  EXPECT_EQ(pair.client.filter.state(), State::ended);
  ASSERT_TRUE(pair.client.filter.write(std::string_view("on"))) << "their end closes their direction only";
  pair.client.filter.say_goodbye();
  EXPECT_TRUE(pair.client.filter.has_output());
}

TEST_P(Versions, AChangedByteFailsTheConnection) {
  Peer peer("gw.example");
  Pair pair(*client, *server, peer);
  pair.run();
  ASSERT_TRUE(pair.server.filter.write(pattern(100, 6)));
  std::string wire = pair.take(pair.server);
  wire[wire.size() / 2] = static_cast<char>(wire[wire.size() / 2] ^ 1);
  pair.feed(pair.client, wire);
  EXPECT_EQ(pair.client.filter.state(), State::failed);
  EXPECT_EQ(pair.client.filter.failure(), "DECRYPTION_FAILED_OR_BAD_RECORD_MAC");
  EXPECT_FALSE(pair.client.filter.write(std::string_view("no")));
  pair.run();  // the alert
  EXPECT_EQ(pair.server.filter.state(), State::failed);
  EXPECT_EQ(pair.server.filter.failure(), "SSLV3_ALERT_BAD_RECORD_MAC");
}

// Whatever bytes come, at any point: an answer or a failure, never more.
TEST_P(Versions, NoiseNeverGetsThrough) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Peer peer("gw.example");
    Pair pair(*client, *server, peer);
    if (seed % 2 == 1) pair.run();
    std::string noise = pattern(1 + seed * 7 % 300, static_cast<int>(seed));
    if (seed % 4 >= 2) noise[0] = "\x14\x15\x16\x17"[seed % 8 / 2];
    for (End* end : {&pair.client, &pair.server}) {
      pair.feed(*end, noise);
      EXPECT_EQ(end->received, "");
      if (noise.size() > 5 && seed % 4 < 2) {
        EXPECT_EQ(end->filter.state(), State::failed) << seed;
      }
    }
  }
}

TEST(Filter, ServerOnPlainHttpIsNamed) {
  World& world = World::get();
  const auto client = world.trusting_client();
  Peer peer("gw.example");
  Pair pair(*client, *world.good_server(), peer);
  pair.feed(pair.client, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(pair.client.filter.state(), State::failed);
  EXPECT_EQ(pair.client.filter.failure(), "WRONG_VERSION_NUMBER");
}

TEST(Filter, WantOfMemoryIsOurs) {
  World& world = World::get();
  const auto client = world.trusting_client();
  BlockPool none({});
  Peer peer("gw.example");
  Filter filter;
  filter.open(*client, none, &peer);
  EXPECT_EQ(filter.state(), State::failed);
  EXPECT_TRUE(filter.out_of_memory());
}

TEST(Filter, ReservedRoomHoldsTheRecords) {
  World& world = World::get();
  const auto client = world.trusting_client();
  Peer peer("gw.example");
  Pair pair(*client, *world.good_server(), peer);
  pair.run();
  for (const size_t size : {size_t{1}, size_t{900}, size_t{16384}, size_t{60'000}}) {
    ASSERT_TRUE(pair.client.filter.reserve(size));
    ASSERT_TRUE(pair.client.filter.write(pattern(size, 7)));
    uint32_t written = 0;
    Block block = pair.client.filter.take_output(written);
    EXPECT_EQ(block.size_class, BlockPool::class_of(size + (size / 16384 + 1) * 96));
    EXPECT_GT(written, size);
    pair.pool.give(block);
  }
}

}  // namespace
}  // namespace ringload::tls::test
