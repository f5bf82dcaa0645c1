// `ringload compare A[,A2…] B[,B2…]`, and `ringload run --compare OLD,NEW`, which means the same.
#include <cmath>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/summary_files.h"
#include "cli/terminal.h"
#include "report/compare.h"

namespace ringload::cli {
namespace {

struct Sides {
  std::vector<RunResult> before, after;
};

Sides sides_of(const Arguments& arguments) {
  if (arguments.command == kCompare) {
    if (arguments.positional.size() != 2)
      throw UsageError("compare: give two sides, A[,A2…] and B[,B2…]: summaries or output directories");
    return {load_summaries(arguments.positional[0]), load_summaries(arguments.positional[1])};
  }
  const std::string pair = *arguments.value("compare");
  const size_t comma = pair.find(',');
  if (comma == 0 || comma == std::string::npos || comma + 1 == pair.size() ||
      pair.find(',', comma + 1) != std::string::npos)
    bad_value("compare", pair, "OLD,NEW: two summaries or output directories");
  Sides sides;
  sides.before.push_back(load_summary(pair.substr(0, comma)));
  sides.after.push_back(load_summary(pair.substr(comma + 1)));
  return sides;
}

}  // namespace

int compare_command(const Arguments& arguments) {
  report::CompareOptions options;
  options.regress_pct = decimal(arguments, "regress-pct", 10, 0, 1'000'000);
  options.run_noise = decimal(arguments, "run-noise", 5, 0, 1'000) / 100;
  const Sides sides = sides_of(arguments);
  const auto comparison = report::compare_results(sides.before, sides.after, options);
  if (!comparison) throw UsageError(comparison.error());
  if (arguments.flag("json")) {
    print(report::compare_json(*comparison));
  } else if (!arguments.flag("quiet")) {
    print(report::compare_text(style_of_stdout(arguments), *comparison));
  }
  return comparison->regressed() ? kFailed : kPassed;
}

}  // namespace ringload::cli
