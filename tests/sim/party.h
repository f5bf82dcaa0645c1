// One side of a test: a ring with its streams, and a handler that notes what happens and does what the test says.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels.h"
#include "net/stream.h"

namespace ringload::test {

// The life of one stream, as its handler saw it.
struct Life {
  bool opened = false;
  std::string received;
  std::vector<int> sent;   // the error of each send
  std::vector<int> ended;  // the error of each end: at most one
  bool closed = false;
};

class Party : public net::StreamHandler {
 public:
  using Key = std::pair<uint32_t, uint32_t>;  // slot, generation

  Party(KernelUnderTest& kernel, const net::StreamOptions& options = {}, io::RingOptions ring = {});

  // One turn of a shard: hands over, waits at most `wait` for one completion, serves what is there.
  void turn(Nanos wait);
  net::Streams& streams() { return *streams_; }
  io::Ring& ring() { return *ring_; }
  Life& life(const net::Stream& stream) { return lives_[{stream.slot, stream.generation}]; }
  std::map<Key, Life>& lives() { return lives_; }
  net::Stream* connect(uint16_t port, const net::Address* local = nullptr);
  unsigned count(const std::function<bool(const Life&)>& what) const;
  // Every slot is free again and every buffer is with the kernel.
  bool at_rest() const;

  // What the test does; each may be empty.
  std::function<void(net::Stream&)> opened;
  std::function<void(net::Stream&, std::span<char>)> received;
  std::function<void(net::Stream&, int)> sent;
  std::function<void(net::Stream&, int)> ended;  // empty: closes

  void on_open(net::Stream& stream, Nanos at) override;
  void on_receive(net::Stream& stream, std::span<char> bytes, Nanos at) override;
  void on_sent(net::Stream& stream, int error, Nanos at) override;
  void on_end(net::Stream& stream, int error, Nanos at) override;
  void on_closed(net::Stream& stream) override;

 private:
  std::unique_ptr<io::Ring> ring_;
  std::unique_ptr<net::Streams> streams_;
  std::map<Key, Life> lives_;
};

// Gives back what it receives, and closes after the peer's FIN when all of that is sent.
class Echo {
 public:
  explicit Echo(Party& party);

 private:
  struct Slot {
    std::string waiting, sending;
    bool ended = false;
  };
  void send_next(net::Stream& stream);
  Party& party_;
  std::vector<Slot> slots_;
};

// Takes turns among the parties until `reached` holds; false when it does not within `limit` of the kernel's clock.
bool run_until(KernelUnderTest& kernel, std::initializer_list<Party*> parties, const std::function<bool()>& reached,
               Nanos limit = 5 * kSecond);

}  // namespace ringload::test
