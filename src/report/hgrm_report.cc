// HdrHistogram's percentile text, which its plotters read: one block for each figure of each stage's total, in ms.
#include <fmt/format.h>

#include <cmath>

#include "report/figures.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

constexpr double kTicksPerHalf = 5;  // steps before the distance to 100 % has halved

// The next percentile to show: the closer to 100, the smaller the step.
double next_level(double level) {
  const double halvings = std::floor(std::log2(100 / (100 - level))) + 1;
  return level + 100 / (kTicksPerHalf * std::exp2(halvings));
}

std::string block(const Histogram& values) {
  std::string out = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  const auto line = [&](int64_t value, double level, uint64_t count) {
    const double ms = static_cast<double>(value) / 1000;
    out += fmt::format("{:12.3f} {:2.12f} {:10}", ms, level / 100, count);
    if (level < 100) out += fmt::format(" {:14.2f}", 1 / (1 - level / 100));
    out += '\n';
  };
  const auto total = static_cast<double>(values.total());
  const double mean = values.mean();
  double level = 0, squares = 0;
  uint64_t count = 0;
  values.for_each_bucket([&](int64_t low, int64_t high, uint64_t n) {
    count += n;
    const double middle = (static_cast<double>(low) + static_cast<double>(high + 1)) / 2;
    squares += (middle - mean) * (middle - mean) * static_cast<double>(n);
    while (level < 100 && count < values.total() && 100 * static_cast<double>(count) / total >= level) {
      line(high, level, count);
      level = next_level(level);
    }
  });
  line(values.max(), 100, values.total());
  const double deviation = std::sqrt(squares / total);
  out += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", mean / 1000, deviation / 1000);
  out += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n", static_cast<double>(values.max()) / 1000,
                     values.total());
  out += fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n", 22, 2048);
  return out;
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string hgrm_report(const RunResult& result) {
  using namespace report;
  std::string out;
  for (const StageResult& stage : result.stages)
    for (const NamedSamples& figure : duration_figures()) {
      const Samples& samples = stage.total.*figure.samples;
      if (samples.values.empty()) continue;
      out += fmt::format("# stage {}, {} in ms", stage.stage, figure.name);
      if (samples.censored != 0) out += fmt::format(", without {} requests that never ended", samples.censored);
      out += "\n" + block(samples.values) + "\n";
    }
  return out;
}

}  // namespace ringload
