// What changed between runs before and runs after, and whether one may call it a regression.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "report/compared_figures.h"
#include "report/style.h"
#include "ringload/result.h"

namespace ringload::report {

struct CompareOptions {
  double regress_pct = 10;  // a change for the worse of more than this may be a regression
  double run_noise = 0.05;  // standard deviation of a figure from run to run, as a share
};

enum class Change : unsigned char {
  same,        // below regress_pct either way
  better,
  worse,       // beyond it, but not shown to be more than noise: never a regression
  regressed,
};

struct CompareLine {
  std::string stage;      // "stage 1 · open loop 2,000/s poisson · 70s"
  std::string scenario;   // empty: the total
  std::string figure;
  Unit unit = Unit::ms;
  double before = 0, after = 0;   // medians over the runs of a side; may be infinite
  double change = 0;      // relative to before, −1 … ∞
  Change verdict = Change::same;
  std::string reason;     // "intervals apart", "p = 0.029"
};

struct Comparison {
  std::vector<CompareLine> lines;
  std::vector<std::string> notes;  // stages without a counterpart, one run a side, other profiles, invalid runs
  size_t runs_before = 0, runs_after = 0;
  bool regressed() const;
};

// Stages match by kind, level and duration, in their order. The error: none does.
std::expected<Comparison, std::string> compare_results(std::span<const RunResult> before,
                                                       std::span<const RunResult> after, const CompareOptions& options);

// "+12 % (1.31 → 1.47 ms, intervals apart)".
std::string change_text(const Style& style, const CompareLine& line);
std::string compare_text(const Style& style, const Comparison& comparison);
std::string compare_json(const Comparison& comparison);

}  // namespace ringload::report
