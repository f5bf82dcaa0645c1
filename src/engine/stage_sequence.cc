#include "engine/stage_sequence.h"

namespace ringload::engine {
namespace {

constexpr Nanos kTellBefore = 50 * kMillisecond;

}  // namespace

std::optional<StageSequence::Running> StageSequence::begin_due(Nanos now) {
  if (next_ >= stages_.size()) return std::nullopt;
  const Stage& stage = stages_[next_];
  const bool follows = !running_.empty() && stages_[next_ - 1].loop == Loop::open && stage.loop == Loop::open;
  if (!running_.empty() && (!follows || now <= last_end_ - kTellBefore)) return std::nullopt;
  if (!coordinator_.has_free_slot()) {
    coordinator_.close_oldest(now);
    return std::nullopt;
  }
  const Running begun{first_number_ + static_cast<uint32_t>(next_), &stage, follows ? last_end_ : now};
  running_[coordinator_.begin_stage(stage, begun.number, begun.start)] = begun;
  last_end_ = begun.start + stage.duration_ns;
  ++next_;
  return begun;
}

StageSequence::Running StageSequence::take_over(unsigned slot) {
  const Running one = running_.at(slot);
  running_.erase(slot);
  return one;
}

}  // namespace ringload::engine
