#include "party.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace ringload::test {

Party::Party(KernelUnderTest& kernel, const net::StreamOptions& options, io::RingOptions ring) {
  ring.files = options.streams;
  ring_ = kernel.open_ring(ring);
  auto streams = net::Streams::create(*ring_, *this, options);
  if (!streams) throw std::runtime_error(streams.error());
  streams_ = std::move(*streams);
}

void Party::turn(Nanos wait) {
  ring_->submit_and_wait(1, ring_->now() + wait);
  const Nanos at = ring_->reaped_at();
  ring_->for_each([&](const io_uring_cqe& cqe) { streams_->dispatch(cqe, at); });
  streams_->after_batch();
}

net::Stream* Party::connect(uint16_t port, const net::Address* local) {
  return streams_->connect(*net::Address::parse("127.0.0.1", port), local);
}

unsigned Party::count(const std::function<bool(const Life&)>& what) const {
  return static_cast<unsigned>(std::ranges::count_if(lives_, [&](const auto& entry) { return what(entry.second); }));
}

bool Party::at_rest() const {
  return streams_->counters().open_now == 0 && streams_->buffers().out() == 0 && ring_->pending() == 0;
}

void Party::on_open(net::Stream& stream, Nanos) {
  Life& it = life(stream);
  EXPECT_FALSE(it.opened || it.closed);
  it.opened = true;
  if (opened) opened(stream);
}

void Party::on_receive(net::Stream& stream, std::span<char> bytes, Nanos) {
  Life& it = life(stream);
  EXPECT_TRUE(it.opened && it.ended.empty() && !it.closed && !bytes.empty());
  it.received.append(bytes.data(), bytes.size());
  if (received) received(stream, bytes);
}

void Party::on_sent(net::Stream& stream, int error, Nanos) {
  Life& it = life(stream);
  EXPECT_TRUE(it.opened && !it.closed);
  it.sent.push_back(error);
  if (sent) sent(stream, error);
}

void Party::on_end(net::Stream& stream, int error, Nanos) {
  Life& it = life(stream);
  EXPECT_TRUE(it.ended.empty() && !it.closed);
  it.ended.push_back(error);
  if (ended) {
    ended(stream, error);
  } else {
    streams_->close(stream);
  }
}

void Party::on_closed(net::Stream& stream) {
  Life& it = life(stream);
  EXPECT_FALSE(it.closed);
  it.closed = true;
}

Echo::Echo(Party& party) : party_(party), slots_(party.streams().capacity()) {
  party.opened = [this](net::Stream& stream) { slots_[stream.slot] = {}; };
  party.received = [this](net::Stream& stream, std::span<char> bytes) {
    slots_[stream.slot].waiting.append(bytes.data(), bytes.size());
    send_next(stream);
  };
  party.sent = [this](net::Stream& stream, int error) {
    if (stream.state == net::StreamState::closing) return;
    Slot& slot = slots_[stream.slot];
    slot.sending.clear();
    if (error != 0) slot.waiting.clear();
    if (!slot.waiting.empty()) {
      send_next(stream);
    } else if (slot.ended) {
      party_.streams().close(stream);
    }
  };
  party.ended = [this](net::Stream& stream, int) {
    slots_[stream.slot].ended = true;
    if (!stream.send_in_flight) party_.streams().close(stream);
  };
}

void Echo::send_next(net::Stream& stream) {
  if (stream.send_in_flight) return;
  Slot& slot = slots_[stream.slot];
  slot.sending.swap(slot.waiting);
  party_.streams().send(stream, std::span<const char>(slot.sending));
}

bool run_until(KernelUnderTest& kernel, std::initializer_list<Party*> parties, const std::function<bool()>& reached,
               Nanos limit) {
  const Nanos give_up = kernel.now() + limit;
  while (!reached()) {
    if (kernel.now() > give_up) return false;
    for (Party* party : parties) party->turn(100 * kMicrosecond);
  }
  return true;
}

}  // namespace ringload::test
