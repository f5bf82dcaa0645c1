#include "replay.h"

#include <stdexcept>

namespace ringload::wire {

void Replay::emit(std::string text) {
  if (!events_.empty() && events_.back().text == text) {
    ++events_.back().times;
    events_.back().at = fed_;
  } else {
    events_.push_back({std::move(text), fed_});
  }
}

std::string Replay::lines() const {
  std::string lines;
  for (const Event& event : events_) lines += event.line() + '\n';
  return lines;
}

std::unique_ptr<Replay> make_replay(const std::vector<std::string>& info, Guarded& memory, Placement placement) {
  const std::string& kind = info.at(0);
  const std::string option = info.size() > 1 ? info[1] : "";
  if (kind == "http" && (option.empty() || option == "HEAD")) {
    return make_http_replay(option == "HEAD", memory, placement);
  }
  if (kind == "chunked" && option.empty()) return make_chunked_replay(memory, placement);
  if (kind == "sse" && option.empty()) return make_sse_replay(16 << 20, memory, placement);
  if (kind == "sse" && option.starts_with("max=")) {
    return make_sse_replay(std::stoul(option.substr(4)), memory, placement);
  }
  throw std::runtime_error("there is no kind of input \"" + kind + " " + option + "\"");
}

}  // namespace ringload::wire
