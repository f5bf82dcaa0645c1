#include "report/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/number.h"
#include "report/phrases.h"
#include "stats/rank.h"

namespace ringload::report {
namespace {

constexpr size_t kRunsForRanks = 4;  // a side; fewer cannot reach 5 % in the rank-sum test
constexpr double kSignificance = 0.05;

bool same_load(const StageResult& a, const StageResult& b) {
  return a.kind == b.kind && a.from == b.from && a.to == b.to && a.duration_s == b.duration_s;
}

std::string stage_name(const StageResult& stage) {
  return fmt::format("stage {} · {} · {}", stage.stage, stage_text(Style{}, stage), length_text(stage));
}

// The n-th stage of that load in the run, nullptr when there is none.
const StageResult* find_stage(const RunResult& run, const StageResult& like, size_t n) {
  for (const StageResult& stage : run.stages)
    if (same_load(stage, like) && n-- == 0) return &stage;
  return nullptr;
}

size_t earlier_of_same_load(const RunResult& run, const StageResult& stage) {
  size_t count = 0;
  for (const StageResult& other : run.stages) {
    if (&other == &stage) break;
    count += same_load(other, stage);
  }
  return count;
}

using Stages = std::vector<const StageResult*>;

// The counterpart of a stage in every run; empty when a run lacks it.
Stages counterparts(std::span<const RunResult> runs, const StageResult& like, size_t n) {
  Stages stages;
  for (const RunResult& run : runs) {
    const StageResult* found = find_stage(run, like, n);
    if (found == nullptr) return {};
    stages.push_back(found);
  }
  return stages;
}

const Stat* row_of(const StageResult& stage, const std::string& scenario) {
  if (scenario.empty()) return &stage.total;
  const auto found = std::ranges::find(stage.scenarios, scenario, &Stat::label);
  return found == stage.scenarios.end() ? nullptr : &*found;
}

// The figure in every run; empty when one lacks it.
std::vector<Measured> measure(const Stages& stages, const std::string& scenario, const ComparedFigure& figure) {
  std::vector<Measured> all;
  for (const StageResult* stage : stages) {
    const Stat* row = row_of(*stage, scenario);
    const auto measured = row == nullptr ? std::nullopt : figure.read(*row);
    if (!measured) return {};
    all.push_back(*measured);
  }
  return all;
}

std::vector<double> values_of(const std::vector<Measured>& all) {
  std::vector<double> values;
  for (const Measured& measured : all) values.push_back(measured.value);
  return values;
}

double relative_change(double before, double after) {
  if (before == after) return 0;
  if (std::isinf(before)) return -1;
  if (before == 0) return std::numeric_limits<double>::infinity();
  return (after - before) / before;
}

// Whether every interval of one side lies beyond every one of the other.
bool apart(const std::vector<Measured>& lower, const std::vector<Measured>& upper) {
  for (const Measured& a : lower)
    for (const Measured& b : upper)
      if (!a.high || !b.low || *a.high >= *b.low) return false;
  return true;
}

bool trusted(const std::vector<Measured>& all) {
  return std::ranges::all_of(all, [](const Measured& measured) { return measured.trusted; });
}

// Few runs a side: the figures' own intervals, and a margin for what differs from run to run, which they cannot show.
void judge_by_intervals(CompareLine& line, const std::vector<Measured>& before, const std::vector<Measured>& after,
                        bool worse, const CompareOptions& options) {
  const bool up = line.after > line.before;
  const double margin = 2 * std::sqrt(2.0) * options.run_noise;
  if (!trusted(before) || !trusted(after)) {
    line.reason = before.front().low && after.front().low ? "stage too short for an interval" : "no interval";
  } else if (!(up ? apart(before, after) : apart(after, before))) {
    line.reason = "intervals overlap";
  } else if (std::fabs(line.change) <= margin) {
    line.reason = fmt::format("intervals apart, but within the {} % of noise between runs", short_text(margin * 100));
  } else {
    line.reason = "intervals apart";
    if (worse) line.verdict = Change::regressed;
  }
}

void judge_by_ranks(CompareLine& line, const std::vector<Measured>& before, const std::vector<Measured>& after,
                    bool worse) {
  const stats::RankSum test = stats::rank_sum_test(values_of(before), values_of(after));
  line.reason = fmt::format("{} and {} runs, p = {}", before.size(), after.size(), short_text(test.p_two_sided));
  if (worse && test.p_two_sided < kSignificance) line.verdict = Change::regressed;
}

CompareLine compare_figure(const ComparedFigure& figure, const std::vector<Measured>& before,
                           const std::vector<Measured>& after, const CompareOptions& options) {
  CompareLine line;
  line.figure = figure.name;
  line.unit = figure.unit;
  line.before = stats::median(values_of(before));
  line.after = stats::median(values_of(after));
  line.change = relative_change(line.before, line.after);
  const bool by_ranks = before.size() >= kRunsForRanks && after.size() >= kRunsForRanks;
  if (by_ranks && std::isfinite(line.before) && std::isfinite(line.after) && line.before != 0)
    line.change = stats::hodges_lehmann_shift(values_of(before), values_of(after)) / line.before;
  const bool beyond = std::fabs(line.change) * 100 > options.regress_pct;
  const bool worse = figure.lower_is_better ? line.change > 0 : line.change < 0;
  if (beyond) line.verdict = worse ? Change::worse : Change::better;
  if (by_ranks) {
    judge_by_ranks(line, before, after, beyond && worse);
  } else {
    judge_by_intervals(line, before, after, beyond && worse, options);
  }
  return line;
}

void compare_stage(Comparison& comparison, const Stages& before, const Stages& after, const CompareOptions& options) {
  std::vector<std::string> rows;
  if (before[0]->scenarios.size() > 1)
    for (const Stat& stat : before[0]->scenarios) rows.push_back(stat.label);
  rows.push_back("");
  for (const std::string& row : rows)
    for (const ComparedFigure& figure : compared_figures()) {
      const auto old_values = measure(before, row, figure), new_values = measure(after, row, figure);
      if (old_values.empty() || new_values.empty()) continue;
      CompareLine line = compare_figure(figure, old_values, new_values, options);
      line.stage = stage_name(*after[0]);
      line.scenario = row;
      comparison.lines.push_back(std::move(line));
    }
}

void note_runs(Comparison& comparison, std::span<const RunResult> runs, std::string_view side) {
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::string which = runs.size() == 1 ? std::string(side) : fmt::format("{} {}", side, i + 1);
    if (runs[i].health.verdict == Verdict::invalid)
      comparison.notes.push_back(which + ": its verdict is invalid, so its figures are the generator's");
    if (!runs[i].complete) comparison.notes.push_back(which + ": it is incomplete");
  }
}

}  // namespace

bool Comparison::regressed() const {
  return std::ranges::any_of(lines, [](const CompareLine& line) { return line.verdict == Change::regressed; });
}

std::expected<Comparison, std::string> compare_results(std::span<const RunResult> before,
                                                       std::span<const RunResult> after,
                                                       const CompareOptions& options) {
  if (before.empty() || after.empty()) return std::unexpected("a comparison needs a run on each side");
  Comparison comparison;
  comparison.runs_before = before.size();
  comparison.runs_after = after.size();
  size_t matched = 0;
  for (const StageResult& stage : after[0].stages) {
    const size_t n = earlier_of_same_load(after[0], stage);
    const Stages old_stages = counterparts(before, stage, n), new_stages = counterparts(after, stage, n);
    if (old_stages.empty() || new_stages.empty()) {
      comparison.notes.push_back("not compared, only after: " + stage_name(stage));
      continue;
    }
    ++matched;
    compare_stage(comparison, old_stages, new_stages, options);
  }
  for (const StageResult& stage : before[0].stages)
    if (counterparts(after, stage, earlier_of_same_load(before[0], stage)).empty())
      comparison.notes.push_back("not compared, only before: " + stage_name(stage));
  if (matched == 0) {
    std::string error = "no stage of one side has the kind, level and duration of one of the other";
    for (const std::string& note : comparison.notes) error += "\n  " + note;
    return std::unexpected(error);
  }
  if (before.size() == 1 && after.size() == 1)
    comparison.notes.push_back(
        "one run a side cannot show how much runs differ: changes within that noise are no regressions; "
        "4 runs a side can tell more (compare A1,A2,A3,A4 B1,B2,B3,B4)");
  if (before[0].profile_sha256 != after[0].profile_sha256 && !before[0].profile_sha256.empty() &&
      !after[0].profile_sha256.empty())
    comparison.notes.push_back("the profiles differ");
  note_runs(comparison, before, "before");
  note_runs(comparison, after, "after");
  return comparison;
}

}  // namespace ringload::report
