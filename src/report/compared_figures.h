// The figures that a comparison looks at, each with what is known of its uncertainty.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "ringload/result.h"

namespace ringload::report {

// One figure of one run. Infinite where the rank lies among requests that never ended.
struct Measured {
  double value = 0;
  std::optional<double> low, high;  // 95 % interval; high absent beside a low: open above
  bool trusted = false;             // the interval is there and not too narrow for its stage
};

enum class Unit : unsigned char { ms, share, per_second };

struct ComparedFigure {
  std::string_view name;            // "latency p99"
  Unit unit;
  bool lower_is_better;
  std::optional<Measured> (*read)(const Stat& stat);
};

std::span<const ComparedFigure> compared_figures();

}  // namespace ringload::report
