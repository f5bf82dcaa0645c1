// A parser under replay: bytes are fed in pieces, events come out as lines of text.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "guarded.h"

namespace ringload::wire {

struct Event {
  std::string text;
  size_t at = 0;     // bytes fed when it was known
  size_t times = 1;  // equal ones that follow each other are one

  // As the fixtures write it.
  std::string line() const { return times == 1 ? text : text + " x" + std::to_string(times); }
};

// Where the input of each call lies: its end, or its begin, touches a page that cannot be read.
enum class Placement { end, begin };

class Replay {
 public:
  virtual ~Replay() = default;

  void feed(std::string_view bytes) {
    fed_ += bytes.size();
    tail_ += bytes;
    read();
  }
  // The peer closed.
  virtual void finish() = 0;

  const std::vector<Event>& events() const { return events_; }
  std::string lines() const;

 protected:
  Replay(Guarded& memory, Placement placement) : memory_(memory), placement_(placement) {}
  // Reads of the tail what can be read.
  virtual void read() = 0;

  // The tail in guarded memory. Changes that a parser makes there are taken over by keep().
  std::span<char> place() { return placement_ == Placement::end ? memory_.at_end(tail_) : memory_.at_begin(tail_); }
  void keep(std::span<char> placed, size_t consumed) {
    tail_.assign(placed.data() + consumed, placed.size() - consumed);
  }
  void emit(std::string text);

  std::string tail_;  // fed, but not consumed

 private:
  Guarded& memory_;
  Placement placement_;
  size_t fed_ = 0;
  std::vector<Event> events_;
};

// `info`: "http [HEAD]", "chunked" or "sse [max=N]"; throws std::runtime_error for anything else. `memory` must hold
// all that is fed; only the call under way uses it.
std::unique_ptr<Replay> make_replay(const std::vector<std::string>& info, Guarded& memory, Placement placement);

std::unique_ptr<Replay> make_http_replay(bool head_request, Guarded& memory, Placement placement);
std::unique_ptr<Replay> make_chunked_replay(Guarded& memory, Placement placement);
std::unique_ptr<Replay> make_sse_replay(size_t max_event_bytes, Guarded& memory, Placement placement);

}  // namespace ringload::wire
