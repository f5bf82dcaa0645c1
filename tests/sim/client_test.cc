// What the client does with a connection that turns out to be no good between two requests: after the next one has been
// put on it, before that is sent. A batch of completions brings both when the kernel had them ready together.
#include "net/client.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

#include "party.h"

namespace ringload::test {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

// Sends requests, so many at once, each in the instant in which its predecessor has ended.
class Sender : public net::ResponseHandler {
 public:
  Sender(KernelUnderTest& kernel, uint16_t port, unsigned requests, unsigned at_once = 1, io::RingOptions ring = {})
      : ring_(open(kernel, ring)), timers_(ring_->now()), blocks_({16, 16, 16, 0, 0, 0, 0, 0}),
        left_(requests), requests_(at_once) {
    net::ClientOptions options;
    // What follows a response lies in a buffer, and so in a completion, of its own.
    options.streams = {.streams = kStreams, .receive_buffers = 2 * kStreams, .receive_buffer_size = kResponse.size()};
    client_ = std::move(*net::Client::create(*ring_, timers_, blocks_, *this, options));
    const std::array addresses{*net::Address::parse("127.0.0.1", port)};
    client_->set_addresses(0, addresses);
  }

  void begin() {
    for (net::Request& request : requests_) next(request, ring_->now());
  }
  void turn() {
    ring_->submit_and_wait(1, ring_->now() + kMillisecond);
    const Nanos at = ring_->reaped_at();
    ring_->for_each([&](const io_uring_cqe& cqe) { client_->dispatch(cqe, at); });
    client_->after_batch(at);
    timers_.expire(ring_->now(), [&](io::Timer& timer) { client_->on_timer(timer, at); });
    while (client_->has_ready()) client_->send_ready(ring_->now());
  }
  bool done() const { return left_ == 0 && busy_ == 0; }
  const net::Client& client() const { return *client_; }

  bool on_ready(net::Request&) override { return true; }
  void on_sent(net::Request&) override {}
  void on_sending(net::Request&, Nanos) override {}
  net::Take on_head(net::Request&, const codec::ResponseHead&, Nanos) override { return net::Take::more; }
  net::Take on_body(net::Request&, std::span<char>, Nanos) override { return net::Take::more; }
  void on_end(net::Request&, ErrorClass error, std::string_view, Nanos) override { ends.push_back(error); }
  void on_released(net::Request& request, Nanos at) override {
    --busy_;
    next(request, at);
  }

  std::vector<ErrorClass> ends;

 private:
  static constexpr unsigned kStreams = 32;

  static std::unique_ptr<io::Ring> open(KernelUnderTest& kernel, io::RingOptions ring) {
    ring.files = kStreams;
    return kernel.open_ring(ring);
  }
  void next(net::Request& request, Nanos at) {
    if (left_ == 0) return;
    --left_;
    ++busy_;
    request.resent = false;
    request.bytes = kRequest;
    client_->start(request, at);
  }

  std::unique_ptr<io::Ring> ring_;
  io::TimerWheel timers_;
  BlockPool blocks_;
  unsigned left_;
  unsigned busy_ = 0;
  std::vector<net::Request> requests_;
  std::unique_ptr<net::Client> client_;
};

class ClientBetweenRequests : public testing::TestWithParam<KernelCase> {
 protected:
  ClientBetweenRequests() : kernel(GetParam()), listener(kernel.listen()), server(kernel, {.streams = 64}) {
    server.streams().listen(listener);
    server.received = [this](net::Stream& stream, std::span<char>) {
      ++requests;
      server.streams().send(stream, std::span<const char>(kResponse));
    };
  }

  // Everything that the server does about a request is done before the client looks again.
  void run(Sender& sender) {
    sender.begin();
    const Nanos give_up = kernel.now() + 5 * kSecond;
    while (!sender.done() && kernel.now() < give_up) {
      sender.turn();
      for (int i = 0; i < 4; ++i) server.turn(kMillisecond);
    }
    EXPECT_TRUE(sender.done());
    EXPECT_EQ(sender.ends, std::vector<ErrorClass>(5, ErrorClass::ok));
    EXPECT_EQ(requests, 5u) << "each was sent once";
    EXPECT_EQ(sender.client().counters().resent, 0u);
  }

  KernelUnderTest kernel;
  int listener;
  Party server;
  unsigned requests = 0;
};

TEST_P(ClientBetweenRequests, BytesAfterAResponseAreNoAnswerToTheNextRequest) {
  std::map<Party::Key, bool> strayed;
  server.sent = [&](net::Stream& stream, int error) {
    bool& done = strayed[{stream.slot, stream.generation}];
    if (error != 0 || done || stream.state != net::StreamState::open) return;
    done = true;
    server.streams().send(stream, std::span<const char>(kResponse));
  };
  Sender sender(kernel, kernel.port_of(listener), 5);
  run(sender);
  EXPECT_GE(sender.client().counters().extra_bytes, 4u);
}

TEST_P(ClientBetweenRequests, AConnectionThatEndsInTimeCostsNoResend) {
  server.sent = [&](net::Stream& stream, int) { server.streams().close(stream); };
  Sender sender(kernel, kernel.port_of(listener), 5);
  run(sender);
  EXPECT_GE(sender.client().counters().idle_closed, 4u);
}

// With so small a queue the receive of a connection that has just opened is handed over before the batch is at its end,
// and what it brings belongs to that batch.
TEST_P(ClientBetweenRequests, AnAnswerBeforeTheRequestIsHonoured) {
  server.opened = [&](net::Stream& stream) { server.streams().send(stream, std::span<const char>(kResponse)); };
  server.received = nullptr;
  Sender sender(kernel, kernel.port_of(listener), 16, 16, {.entries = 4});
  sender.begin();
  for (int i = 0; i < 40 && !sender.done(); ++i) {
    for (int turn = 0; turn < 20; ++turn) server.turn(100 * kMicrosecond);
    sender.turn();
  }
  EXPECT_TRUE(sender.done());
  EXPECT_EQ(sender.ends, std::vector<ErrorClass>(16, ErrorClass::ok));
}

INSTANTIATE_TEST_SUITE_P(Kernels, ClientBetweenRequests, testing::ValuesIn(kKernelCases),
                         [](const auto& info) { return case_name(info); });

}  // namespace
}  // namespace ringload::test
