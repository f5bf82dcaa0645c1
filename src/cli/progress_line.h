// The run's progress on stderr: one line that is written over on a terminal; elsewhere a line now and then.
#pragma once
#include <cstdint>
#include <string>

#include "ringload/run.h"

namespace ringload::cli {

enum class Live : uint8_t { off, plain, overwrite };

class ProgressLine {
 public:
  ProgressLine() = default;
  ProgressLine(Live live, double distance_s, size_t stages) : live_(live), distance_s_(distance_s), stages_(stages) {}

  void show(const Progress& progress);
  void end_stage(const StageResult& stage);
  // Before anything else is printed.
  void clear();

 private:
  bool due(double elapsed_s);

  Live live_ = Live::off;
  double distance_s_ = 30;
  size_t stages_ = 0;
  uint32_t stage_ = 0;
  double next_s_ = 0;
  bool shown_ = false;
};

}  // namespace ringload::cli
