#include "cli/abort_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "load/json_value.h"
#include "report/thresholds.h"
#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

[[noreturn]] void refuse(const std::string& why) { throw UsageError("--abort-on: " + why); }

void check_scope(const Threshold& rule, const Profile& profile) {
  if (rule.stage > static_cast<int>(profile.stages.size()))
    refuse(fmt::format("\"{}\": there is no stage {}, allowed: 1 to {}", rule.expr, rule.stage, profile.stages.size()));
  if (rule.scenario.empty() || std::ranges::find(profile.scenarios, rule.scenario,
                                                 &Scenario::name) != profile.scenarios.end())
    return;
  std::string names;
  for (const Scenario& scenario : profile.scenarios) names += (names.empty() ? "" : ", ") + scenario.name;
  refuse(fmt::format("\"{}\": there is no scenario \"{}\", allowed: {}", rule.expr, rule.scenario, names));
}

}  // namespace

AbortRules AbortRules::from(const Arguments& arguments, const Profile& profile) {
  AbortRules rules;
  for (const std::string& text : arguments.all("abort-on")) {
    const auto rule = parse_threshold(text);
    if (!rule) refuse(rule.error());
    if (!Session::knows_so_far(*rule))
      refuse(load::shown(text) + " is known at a stage's end only, allowed while it runs: error_rate, rps, "
             "output_tokens_per_s, and percentiles of latency, service, ttfb and ttft");
    check_scope(*rule, profile);
    rules.rules_.push_back(*rule);
  }
  return rules;
}

std::optional<std::string> AbortRules::broken(const Session& session, const Progress& progress) const {
  for (const Threshold& rule : rules_) {
    if (rule.stage != 0 && rule.stage != static_cast<int>(progress.stage)) continue;
    const auto value = session.figure_so_far(rule);
    if (!value || !report::holds(rule, *value)) continue;
    const bool share = rule.metric == "error_rate";
    return fmt::format("{}: it is {:.4g}{} in stage {}", rule.expr, share ? *value * 100 : *value, share ? " %" : "",
                       progress.stage);
  }
  return std::nullopt;
}

}  // namespace ringload::cli
