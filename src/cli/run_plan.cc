#include "cli/run_plan.h"

#include <algorithm>
#include <numeric>

#include "cli/host_info.h"
#include "cli/rank.h"
#include "engine/stage_result.h"
#include "report/thresholds.h"
#include "ringload/profile_load.h"
#include "ringload/version.h"
#include "tls/digest.h"

namespace ringload::cli {
namespace {

std::map<std::string, std::string> labels_from(const Arguments& arguments) {
  std::map<std::string, std::string> labels;
  if (const Rank rank = rank_of(arguments); rank.of > 1)
    labels["rank"] = std::to_string(rank.index) + "/" + std::to_string(rank.of);
  for (const std::string& label : arguments.all("label")) {
    const size_t equals = label.find('=');
    if (equals == 0 || equals == std::string::npos) bad_value("label", label, "K=V");
    labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return labels;
}

ArrivalKind arrival_of(Arrival arrival) {
  switch (arrival) {
    case Arrival::poisson: return ArrivalKind::poisson;
    case Arrival::constant: return ArrivalKind::constant;
    case Arrival::gamma: return ArrivalKind::gamma;
  }
  return ArrivalKind::poisson;
}

StageResult planned_stage(const Profile& profile, uint32_t index) {
  const Stage& stage = profile.stages[index];
  StageResult result;
  result.stage = index + 1;
  result.kind = stage.loop == Loop::open ? StageKind::open : StageKind::closed;
  result.from = stage.legs.front().from;
  result.to = stage.legs.back().to;
  result.arrival = arrival_of(stage.arrival);
  result.burstiness = stage.burstiness;
  result.duration_s = static_cast<double>(stage.duration_ns) / 1e9;
  result.max_requests = static_cast<uint64_t>(stage.max_requests);
  result.warmup_s = static_cast<double>(stage.warmup_ns) / 1e9;
  result.total.label = "total";
  result.total.has_stream = profile.any_stream();
  const double weights = std::accumulate(profile.scenarios.begin(), profile.scenarios.end(), 0.0,
                                         [](double sum, const Scenario& each) { return sum + each.weight; });
  for (const Scenario& scenario : profile.scenarios) {
    Stat stat;
    stat.label = scenario.name;
    stat.share = scenario.weight / weights;
    stat.has_stream = scenario.stream;
    stat.has_slo = scenario.slo.any();
    result.total.has_slo = result.total.has_slo || stat.has_slo;
    result.scenarios.push_back(std::move(stat));
  }
  return result;
}

}  // namespace

RunResult planned_result(const Arguments& arguments, const Profile& profile, uint64_t seed, int64_t started_unix_ms) {
  RunResult result;
  result.version = RINGLOAD_VERSION;
  result.command = "run";
  result.profile_name = profile.name;
  result.profile_sha256 = tls::sha256_hex(print_profile(profile));
  result.seed = seed;
  result.labels = labels_from(arguments);
  result.host = describe_host();
  result.timeout_s = static_cast<double>(profile.timeout_ns) / 1e9;
  result.started_unix_ms = started_unix_ms;
  result.cost.budget_usd = profile.budget_usd;
  result.pass = false;
  for (const Scenario& scenario : profile.scenarios) {
    const TargetInfo info{{}, scenario.target.url(), scenario.protocol, scenario.model};
    if (std::ranges::find(result.targets, info) == result.targets.end()) result.targets.push_back(info);
  }
  return result;
}

RunResult result_so_far(const RunResult& result, const Profile& profile) {
  RunResult copy = result;
  copy.complete = false;
  copy.ended_by = EndedBy::running;
  copy.conservation = {};
  engine::aggregate_stages(copy);
  if (!copy.stages.empty()) report::judge(copy, profile.thresholds);
  for (auto i = static_cast<uint32_t>(copy.stages.size()); i < profile.stages.size(); ++i)
    copy.stages.push_back(planned_stage(profile, i));
  return copy;
}

}  // namespace ringload::cli
