// Event streams.
#include "codec/sse.h"
#include "replay.h"
#include "text.h"

namespace ringload::wire {
namespace {

class SseReplay final : public Replay {
 public:
  SseReplay(size_t max_event_bytes, Guarded& memory, Placement placement) : Replay(memory, placement) {
    parser_.reset(max_event_bytes);
  }

  // An event that was not finished is discarded, so nothing is to be done.
  void finish() override {}

 protected:
  void read() override {
    while (!refused_) {
      codec::SseEvent event;
      const std::span<char> bytes = place();
      const codec::SseParser::Step step = parser_.next(bytes, event);
      if (step.status == codec::SseParser::Status::event) {
        emit("event " + quote(event.type) + " " + quote({event.data.data(), event.data.size()}));
      } else if (step.status == codec::SseParser::Status::too_large) {
        emit("too_large");
        refused_ = true;
      }
      keep(bytes, step.consumed);
      if (step.status == codec::SseParser::Status::more) return;
    }
  }

 private:
  codec::SseParser parser_;
  bool refused_ = false;
};

}  // namespace

std::unique_ptr<Replay> make_sse_replay(size_t max_event_bytes, Guarded& memory, Placement placement) {
  return std::make_unique<SseReplay>(max_event_bytes, memory, placement);
}

}  // namespace ringload::wire
