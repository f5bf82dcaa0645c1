#include "cli/progress_line.h"

#include <fmt/format.h>

#include <cstdio>

#include "report/figures.h"

namespace ringload::cli {
namespace {

std::string ms(std::optional<int64_t> us) {
  if (!us) return "-";
  return *us < 10'000 ? fmt::format("{}.{:02}", *us / 1000, *us % 1000 / 10) : fmt::format("{}", (*us + 500) / 1000);
}

}  // namespace

// At 1, 2, 5 and 10 s, then at the given distance.
bool ProgressLine::due(double elapsed_s) {
  if (live_ == Live::overwrite) return true;
  if (elapsed_s < next_s_ - 0.5) return false;
  for (const double early : {1.0, 2.0, 5.0, 10.0}) {
    if (elapsed_s + 0.5 >= early) continue;
    next_s_ = early;
    return true;
  }
  next_s_ = elapsed_s + distance_s_;
  return true;
}

void ProgressLine::show(const Progress& progress) {
  if (live_ == Live::off) return;
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    next_s_ = 0;
  }
  if (!due(progress.stage_elapsed_s)) return;
  // A day stands for a stage that only its number of requests ends.
  const std::string time = progress.stage_duration_s < 86'400
                               ? fmt::format("{:.0f} of {:.0f} s", progress.stage_elapsed_s, progress.stage_duration_s)
                               : fmt::format("{:.0f} s", progress.stage_elapsed_s);
  std::string line = fmt::format(
      "stage {}/{}  {}{}  {} requests/s  {} ok  {} failed  {} in flight  p50 {} ms  p99 {} ms",
      progress.stage, stages_, time,
      progress.draining ? " draining"
      : progress.warmup ? " warm-up"
                        : "",
      progress.rps, progress.ok, progress.failed, progress.in_flight, ms(progress.latency_p50_us),
      ms(progress.latency_p99_us));
  if (live_ == Live::overwrite) {
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void ProgressLine::end_stage(const StageResult& stage) {
  if (live_ == Live::off) return;
  clear();
  std::fprintf(stderr, "%s\n",
               fmt::format("stage {}/{} done: {} ok, {} failed, {:.0f} ok/s", stage.stage, stages_, stage.total.ok,
                           stage.total.failed, report::ok_rps(stage.total).value_or(0)).c_str());
}

void ProgressLine::clear() {
  if (!shown_) return;
  std::fprintf(stderr, "\r\033[K");
  shown_ = false;
}

}  // namespace ringload::cli
