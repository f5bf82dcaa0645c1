// Streams behave the same on Linux and on the simulated kernel, with and without what is newer than 6.1. What passes
// here on both may be simulated.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <numeric>

#include "party.h"

namespace ringload::test {
namespace {

using net::Stream;
using net::StreamState;

std::string pattern(size_t size, unsigned salt = 0) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + (i * 7 + i / 251 + salt) % 90);
  return text;
}

bool opened(const Life& life) { return life.opened; }
bool closed(const Life& life) { return life.closed; }

class Conformance : public ::testing::TestWithParam<KernelCase> {
 protected:
  void TearDown() override {
    if (sim::SimKernel* simulated = kernel.simulated()) {
      EXPECT_TRUE(simulated->violations().empty()) << simulated->violations().front();
    }
  }
  KernelUnderTest kernel{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Kernels, Conformance, ::testing::ValuesIn(kKernelCases),
                         [](const auto& info) { return case_name(info); });

TEST_P(Conformance, EchoesAndReturnsEverything) {
  Party server(kernel), client(kernel);
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string text = pattern(300);
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const char>(text)); };
  client.received = [&](Stream& stream, std::span<char>) {
    if (client.life(stream).received.size() == text.size()) client.streams().close(stream);
  };
  Stream* stream = client.connect(kernel.port_of(listener));
  ASSERT_NE(stream, nullptr);
  const Party::Key key{stream->slot, stream->generation};
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.lives()[key].closed && server.at_rest(); }));
  EXPECT_EQ(client.lives()[key].received, text);
  EXPECT_EQ(client.lives()[key].sent, std::vector<int>{0});
  EXPECT_TRUE(client.lives()[key].ended.empty()) << "after close() nothing is told";
  ASSERT_EQ(server.lives().size(), 1u);
  EXPECT_EQ(server.lives().begin()->second.ended, std::vector<int>{0}) << "FIN";
  EXPECT_TRUE(client.at_rest());
  EXPECT_EQ(client.streams().counters().stale_completions, 0u);
  EXPECT_EQ(server.streams().counters().stale_completions, 0u);
}

TEST_P(Conformance, SendsMuchGatheredThroughSmallBuffers) {
  Party server(kernel, {.streams = 8, .receive_buffers = 8, .receive_buffer_size = 512});
  Party client(kernel, {.streams = 8, .receive_buffers = 8, .receive_buffer_size = 700});
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string text = pattern(3 << 20);
  std::vector<iovec> pieces;
  for (size_t at = 0, size = 1; at < text.size(); at += size, size = size * 3 + 1) {
    size = std::min(size, text.size() - at);
    pieces.push_back({const_cast<char*>(text.data()) + at, size});
  }
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const iovec>(pieces)); };
  Stream* stream = client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.life(*stream).received.size() >= text.size(); },
                        30 * kSecond));
  EXPECT_TRUE(client.life(*stream).received == text);
  EXPECT_EQ(client.life(*stream).sent, std::vector<int>{0});
  client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.at_rest() && server.at_rest(); }));
}

TEST_P(Conformance, RefusedConnectEndsWithItsErrno) {
  Party client(kernel);
  const int listener = kernel.listen();
  const uint16_t port = kernel.port_of(listener);
  kernel.close(listener);
  Stream* stream = client.connect(port);
  const Party::Key key{stream->slot, stream->generation};
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return client.lives()[key].closed; }));
  EXPECT_FALSE(client.lives()[key].opened);
  EXPECT_EQ(client.lives()[key].ended, std::vector<int>{ECONNREFUSED});
  EXPECT_EQ(client.streams().counters().open_failed, 1u);
  EXPECT_TRUE(client.at_rest());
}

// The peer ends its direction; ours goes on.
TEST_P(Conformance, HalfCloseLeavesTheOtherDirectionOpen) {
  Party server(kernel), client(kernel);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string before = "last words", after = pattern(5000);
  server.opened = [&](Stream& stream) { server.streams().send(stream, std::span<const char>(before)); };
  server.sent = [&](Stream& stream, int) {
    io_uring_sqe* sqe = server.ring().sqe();
    io_uring_prep_shutdown(sqe, static_cast<int>(stream.slot), SHUT_WR);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = io::pack(io::Op::none, 0, 0);
  };
  client.ended = [&](Stream& stream, int error) {
    EXPECT_EQ(error, 0);
    EXPECT_EQ(client.life(stream).received, before);
    client.streams().send(stream, std::span<const char>(after));
  };
  client.sent = [&](Stream& stream, int error) {
    EXPECT_EQ(error, 0);
    client.streams().close(stream);
  };
  client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.count(closed) == 1 && client.at_rest(); }));
  EXPECT_EQ(server.lives().begin()->second.received, after);
}

// A close while the receive is armed sends FIN, the slot is used again at once, and nothing of the old connection
// reaches the new one although its peer goes on sending.
TEST_P(Conformance, SlotIsReusedAfterCloseWithArmedReceive) {
  Party server(kernel);
  Party client(kernel, {.streams = 1});
  const int listener = kernel.listen();
  server.streams().listen(listener);
  unsigned served = 0;
  std::vector<std::string> texts;
  for (unsigned i = 0; i < 64; ++i) texts.push_back(std::string(9000, static_cast<char>('A' + i % 26)));
  server.opened = [&](Stream& stream) { server.streams().send(stream, std::span<const char>(texts[served++ % 64])); };
  server.sent = [&](Stream& stream, int error) {
    if (error == 0 && stream.state == StreamState::open)
      server.streams().send(stream, std::span<const char>(texts[(served - 1) % 64]));
  };
  unsigned rounds = 0;
  const uint16_t port = kernel.port_of(listener);
  client.received = [&](Stream& stream, std::span<char>) {
    if (client.life(stream).received.size() > 2000) client.streams().close(stream);
  };
  while (rounds < 40) {
    Stream* stream = client.connect(port);
    ASSERT_NE(stream, nullptr) << "the slot came back";
    const Party::Key key{stream->slot, stream->generation};
    ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.lives()[key].closed; })) << rounds;
    const std::string& got = client.lives()[key].received;
    ASSERT_FALSE(got.empty());
    EXPECT_EQ(got, std::string(got.size(), got[0])) << "bytes of another connection";
    EXPECT_EQ(got[0], static_cast<char>('A' + rounds % 26));
    ++rounds;
  }
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest(); })) << "every server side ended";
  EXPECT_EQ(client.streams().counters().stale_completions, 0u);
}

TEST_P(Conformance, IdleStreamClosedByUsSendsFin) {
  Party server(kernel), client(kernel);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  Stream* stream = client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.count(opened) == 1 && client.count(opened) == 1; }));
  client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); }));
  EXPECT_EQ(server.lives().begin()->second.ended, std::vector<int>{0});
}

// Nobody reads: the send cannot finish. Cancelled, its memory comes back and the stream can be closed.
TEST_P(Conformance, CancelledSendReturnsItsMemory) {
  Party client(kernel);
  const int listener = kernel.listen();  // accepts nothing: connections stay in its backlog
  const std::string text = pattern(32 << 20);
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const char>(text)); };
  Stream* stream = client.connect(kernel.port_of(listener));
  const Party::Key key{stream->slot, stream->generation};
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return client.lives()[key].opened; }));
  for (int i = 0; i < 20; ++i) client.turn(kMillisecond);
  EXPECT_TRUE(client.lives()[key].sent.empty());
  client.streams().cancel_send(*stream);
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return !client.lives()[key].sent.empty(); }));
  EXPECT_TRUE(client.lives()[key].sent[0] == ECANCELED || client.lives()[key].sent[0] == EPIPE)
      << client.lives()[key].sent[0];
  EXPECT_EQ(stream->state, StreamState::open);
  client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return client.at_rest(); }));
}

TEST_P(Conformance, CloseWithASendInFlightTellsTheSend) {
  Party client(kernel);
  const int listener = kernel.listen();
  const std::string text = pattern(32 << 20);
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const char>(text)); };
  Stream* stream = client.connect(kernel.port_of(listener));
  const Party::Key key{stream->slot, stream->generation};
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return client.lives()[key].opened; }));
  for (int i = 0; i < 20; ++i) client.turn(kMillisecond);
  client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return client.lives()[key].closed; }));
  ASSERT_EQ(client.lives()[key].sent.size(), 1u);
  EXPECT_NE(client.lives()[key].sent[0], 0);
  EXPECT_TRUE(client.at_rest());
}

// A send that has completed is not found any more: the cancel changes nothing.
TEST_P(Conformance, CancelAfterCompletionIsHarmless) {
  Party server(kernel), client(kernel);
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string text = "short";
  client.opened = [&](Stream& stream) {
    client.streams().send(stream, std::span<const char>(text));
    client.streams().cancel_send(stream);
  };
  client.received = [&](Stream& stream, std::span<char>) {
    if (client.life(stream).received.size() == text.size()) client.streams().close(stream);
  };
  Stream* stream = client.connect(kernel.port_of(listener));
  const Party::Key key{stream->slot, stream->generation};
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest() &&
                                                                client.lives()[key].closed; }));
  EXPECT_EQ(client.lives()[key].sent, std::vector<int>{0});
}

TEST_P(Conformance, ExhaustedBuffersRecover) {
  constexpr unsigned kConnections = 32;
  constexpr size_t kBytes = 20000;
  Party server(kernel, {.streams = 64, .receive_buffers = 256, .receive_buffer_size = 2048});
  Party client(kernel, {.streams = 64, .receive_buffers = 2, .receive_buffer_size = 256});
  const int listener = kernel.listen();
  server.streams().listen(listener);
  std::vector<std::string> texts;
  for (unsigned i = 0; i < kConnections; ++i) texts.push_back(pattern(kBytes, i));
  unsigned next = 0;
  server.opened = [&](Stream& stream) { server.streams().send(stream, std::span<const char>(texts[next++])); };
  for (unsigned i = 0; i < kConnections; ++i) client.connect(kernel.port_of(listener));
  const auto complete = [](const Life& life) { return life.received.size() == kBytes; };
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(complete) == kConnections; },
                        30 * kSecond));
  EXPECT_GT(client.streams().counters().buffers_exhausted, 0u);
  EXPECT_GE(client.streams().counters().receives_rearmed, client.streams().counters().buffers_exhausted);
  for (const auto& [key, life] : client.lives())
    EXPECT_NE(std::ranges::find(texts, life.received), texts.end()) << "mixed-up bytes";
  for (const auto& [key, life] : client.lives()) client.streams().close(client.streams().at(key.first));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); }));
}

// A listener that is closed resets what it has not accepted.
TEST_P(Conformance, ResetByThePeerEndsTheStream) {
  Party client(kernel);
  const int listener = kernel.listen();
  const std::string text = "never read";
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const char>(text)); };
  Stream* stream = client.connect(kernel.port_of(listener));
  const Party::Key key{stream->slot, stream->generation};
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return !client.lives()[key].sent.empty(); }));
  EXPECT_EQ(client.lives()[key].sent[0], 0);
  kernel.close(listener);
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return client.lives()[key].closed; }));
  EXPECT_EQ(client.lives()[key].ended, std::vector<int>{ECONNRESET});
}

// Bytes that reach a closed socket are answered by RST: the sender's send in flight fails.
TEST_P(Conformance, SendingToAClosedPeerFails) {
  Party server(kernel), client(kernel);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string text = pattern(32 << 20);
  server.opened = [&](Stream& stream) { server.streams().send(stream, std::span<const char>(text)); };
  server.ended = [](Stream&, int) {};
  server.sent = [&](Stream& stream, int) {
    if (stream.state == StreamState::open) server.streams().close(stream);
  };
  client.received = [&](Stream& stream, std::span<char>) {
    if (stream.state == StreamState::open) client.streams().close(stream);
  };
  client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.count(closed) == 1 && client.at_rest(); }));
  const Life& life = server.lives().begin()->second;
  ASSERT_EQ(life.sent.size(), 1u);
  EXPECT_NE(life.sent[0], 0);
  EXPECT_TRUE(server.at_rest());
}

TEST_P(Conformance, ResetReachesTheOtherSideAsReset) {
  for (const bool by_client : {false, true}) {
    Party server(kernel), client(kernel);
    const int listener = kernel.listen();
    server.streams().listen(listener);
    client.connect(kernel.port_of(listener));
    ASSERT_TRUE(run_until(kernel, {&server, &client},
                          [&] { return server.count(opened) == 1 && client.count(opened) == 1; }));
    Party& one = by_client ? client : server;
    Party& other = by_client ? server : client;
    one.streams().reset(one.streams().at(one.lives().begin()->first.first));
    ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); }));
    EXPECT_EQ(other.lives().begin()->second.ended, std::vector<int>{ECONNRESET});
    EXPECT_TRUE(one.lives().begin()->second.ended.empty()) << "after reset() nothing is told";
  }
}

// Bytes that were on their way before the reset are delivered or lost, never mixed up, and the reset is told once.
TEST_P(Conformance, ResetWithASendInFlight) {
  Party server(kernel), client(kernel);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string text = pattern(32 << 20);
  server.opened = [&](Stream& stream) { server.streams().send(stream, std::span<const char>(text)); };
  client.received = [&](Stream& stream, std::span<char>) {
    if (stream.state == StreamState::open && client.life(stream).received.size() > 100'000)
      client.streams().reset(stream);
  };
  server.sent = [&](Stream& stream, int error) {
    EXPECT_NE(error, 0);
    if (stream.state == StreamState::open) server.streams().close(stream);
  };
  client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.count(closed) == 1 && client.at_rest(); }));
  EXPECT_TRUE(server.at_rest());
  EXPECT_EQ(server.lives().begin()->second.sent.size(), 1u);
  const std::string& got = client.lives().begin()->second.received;
  EXPECT_EQ(got, text.substr(0, got.size()));
}

TEST_P(Conformance, ConnectsWaitTheirTurn) {
  Party server(kernel, {.streams = 128}), client(kernel, {.streams = 64, .connects_in_flight = 3});
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  for (int i = 0; i < 64; ++i) ASSERT_NE(client.connect(kernel.port_of(listener)), nullptr);
  EXPECT_EQ(client.connect(kernel.port_of(listener)), nullptr) << "no slot is free";
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(opened) == 64; }));
  for (uint32_t slot = 0; slot < 64; ++slot) client.streams().close(client.streams().at(slot));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); }));
  EXPECT_EQ(client.streams().counters().open_peak, 64u);
}

// Closed before, during and after the opening chain: the slot comes back each time.
TEST_P(Conformance, CloseWhileOpeningReturnsTheSlot) {
  for (int turns = 0; turns < 6; ++turns) {
    Party server(kernel, {.streams = 64}), client(kernel, {.streams = 16, .connects_in_flight = 4});
    Echo echo(server);
    const int listener = kernel.listen();
    server.streams().listen(listener);
    std::vector<Stream*> streams;
    for (int i = 0; i < 16; ++i) streams.push_back(client.connect(kernel.port_of(listener)));
    for (int i = 0; i < turns; ++i) {
      client.turn(0);
      if (i % 2 == 1) server.turn(0);
    }
    for (Stream* stream : streams) client.streams().close(*stream);
    ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); })) << turns;
    EXPECT_EQ(client.streams().counters().closed, 16u);
    // The slots work again.
    for (int i = 0; i < 16; ++i) ASSERT_NE(client.connect(kernel.port_of(listener)), nullptr);
    const uint64_t before = client.streams().counters().opened;
    ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.streams().counters().opened == before + 16; }))
        << turns;
  }
}

// More connections than slots: the kernel closes what it cannot place, and accepting goes on when slots come free.
TEST_P(Conformance, AcceptsAgainAfterItsTableWasFull) {
  Party server(kernel, {.streams = 4}), client(kernel, {.streams = 32});
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  for (int i = 0; i < 12; ++i) client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(opened) == 12 && server.count(opened) == 4; }));
  for (int i = 0; i < 20; ++i) {
    server.turn(kMillisecond);
    client.turn(kMillisecond);
  }
  for (uint32_t slot = 0; slot < 32; ++slot)
    if (client.streams().at(slot).state == StreamState::open) client.streams().close(client.streams().at(slot));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.at_rest() && server.at_rest(); }));

  const std::string text = "again";
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const char>(text)); };
  Stream* stream = client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.life(*stream).received == text; }));
  client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.at_rest() && server.at_rest(); }));
}

// Other files may stand in the table's way: accepting stops, and goes on after a stream has closed.
TEST_P(Conformance, AcceptsAgainAfterOthersFilledTheTable) {
  Party server(kernel, {.streams = 4}), client(kernel, {.streams = 32});
  Echo echo(server);
  const int listener = kernel.listen();
  for (unsigned slot = 1; slot < 4; ++slot) ASSERT_EQ(server.ring().install_file(slot, listener), 0);
  server.streams().listen(listener);
  std::vector<Stream*> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(client.connect(kernel.port_of(listener)));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(opened) == 3 && server.count(opened) == 1; }));
  for (int i = 0; i < 10; ++i) {
    server.turn(kMillisecond);
    client.turn(kMillisecond);
  }
  for (unsigned slot = 1; slot < 4; ++slot) ASSERT_EQ(server.ring().install_file(slot, -1), 0);
  for (Stream* stream : streams)
    if (stream->state == StreamState::open) client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.at_rest() && server.at_rest(); }));
  const unsigned before = server.count(opened);
  for (int i = 0; i < 4; ++i) client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.count(opened) == before + 4; }));
}

TEST_P(Conformance, StopListeningKeepsWhatIsOpen) {
  Party server(kernel), client(kernel);
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string text = "still here";
  Stream* first = client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.count(opened) == 1 && client.count(opened) == 1; }));
  server.streams().stop_listening();
  for (int i = 0; i < 5; ++i) server.turn(kMillisecond);
  client.connect(kernel.port_of(listener));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(opened) == 2; })) << "by the backlog";
  for (int i = 0; i < 5; ++i) server.turn(kMillisecond);
  EXPECT_EQ(server.count(opened), 1u);
  client.streams().send(*first, std::span<const char>(text));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.life(*first).received == text; }));
  server.streams().listen(listener);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.count(opened) == 2; })) << "listens again";
}

TEST_P(Conformance, CompletionOfAFormerGenerationIsDropped) {
  Party server(kernel), client(kernel, {.streams = 1});
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const uint16_t port = kernel.port_of(listener);
  Stream* stream = client.connect(port);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(opened) == 1; }));
  const uint32_t former = stream->generation;
  client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.at_rest(); }));
  stream = client.connect(port);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(opened) == 2; }));
  for (const io::Op op : {io::Op::receive, io::Op::send, io::Op::connect, io::Op::close, io::Op::cancel}) {
    io_uring_sqe* sqe = client.ring().sqe();
    io_uring_prep_nop(sqe);
    sqe->user_data = io::pack(op, stream->slot, former);
  }
  ASSERT_TRUE(run_until(kernel, {&client}, [&] { return client.streams().counters().stale_completions == 5; }));
  EXPECT_EQ(stream->state, StreamState::open);
  const std::string text = "unharmed";
  client.streams().send(*stream, std::span<const char>(text));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.life(*stream).received == text; }));
}

TEST_P(Conformance, BothSidesCloseAtOnce) {
  Party server(kernel), client(kernel);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  for (int i = 0; i < 20; ++i) {
    const unsigned before = server.count(opened);
    client.connect(kernel.port_of(listener));
    ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] {
      return server.count(opened) == before + 1 && client.count(opened) == before + 1;
    }));
    for (Party* party : {&client, &server})
      for (uint32_t slot = 0; slot < party->streams().capacity(); ++slot)
        if (party->streams().at(slot).state == StreamState::open) party->streams().close(party->streams().at(slot));
    ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); }));
  }
}

TEST_P(Conformance, BindsToTheAddressThatWasAskedFor) {
  Party server(kernel), client(kernel);
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const net::Address local = *net::Address::parse("127.0.0.2", 0);
  const std::string text = "from elsewhere";
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const char>(text)); };
  Stream* stream = client.connect(kernel.port_of(listener), &local);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.life(*stream).received == text; }));
  client.streams().close(*stream);
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); }));
}

// Completions do not fit: the kernel keeps them aside and ends multishots; nothing is lost.
TEST_P(Conformance, SurvivesAnOverflowingCompletionQueue) {
  constexpr unsigned kConnections = 48;
  const io::RingOptions small{.entries = 32, .completions = 32, .files = 64};
  Party server(kernel, {.streams = 64}, small), client(kernel, {.streams = 64}, small);
  Echo echo(server);
  const int listener = kernel.listen();
  server.streams().listen(listener);
  const std::string text = pattern(3000);
  client.opened = [&](Stream& stream) { client.streams().send(stream, std::span<const char>(text)); };
  for (unsigned i = 0; i < kConnections; ++i) client.connect(kernel.port_of(listener));
  const auto complete = [&](const Life& life) { return life.received == text; };
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return client.count(complete) == kConnections; },
                        20 * kSecond));
  for (uint32_t slot = 0; slot < kConnections; ++slot) client.streams().close(client.streams().at(slot));
  ASSERT_TRUE(run_until(kernel, {&server, &client}, [&] { return server.at_rest() && client.at_rest(); }));
}

}  // namespace
}  // namespace ringload::test
