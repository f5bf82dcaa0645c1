// What a search found, as text and as the JSON that scripts read and --resume continues from.
#pragma once
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/disturbance.h"
#include "experiment/knee_search.h"
#include "ringload/report.h"

namespace ringload::experiment {

struct KneeReport {
  std::string target;            // "gpt-4o-mini at http://gw:4000/v1"
  std::string arrival;           // "poisson"
  std::string slo;               // "ttft_p99<=500ms,error_rate<=0.01"
  double start = 50, min_rate = 1;
  std::optional<double> max_rate;
  double time_limit_s = 160, elapsed_s = 0;
  std::string version;
  std::vector<KneeBound> bounds;
  std::vector<KneeStep> steps;
  std::map<uint32_t, BlockEnd> ends;                    // by the number of a block
  std::map<uint32_t, Disturbance::Reading> readings;    // the same
  KneeAnswer answer;
  std::vector<std::string> notes;
};

std::string knee_text(const KneeReport& report, const TextStyle& style);
std::string knee_json(const KneeReport& report);
// One block in a line, for progress.
std::string step_line(const KneeReport& report, const KneeStep& step);

// The blocks of an earlier search. The error says what is wrong with the file, or how its search differs from `now`'s
// (SLO, arrivals, start and bounds of the rate must be the same).
struct ResumedSteps {
  std::vector<KneeStep> steps;
  std::map<uint32_t, BlockEnd> ends;
  std::map<uint32_t, Disturbance::Reading> readings;  // target_cpu alone
};
std::expected<ResumedSteps, std::string> read_knee_json(std::string_view text, const KneeReport& now);

}  // namespace ringload::experiment
