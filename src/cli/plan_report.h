// What `check` found out about a run that is yet to be, as text and as JSON.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/prediction.h"
#include "engine/capacity.h"
#include "load/workload.h"
#include "ringload/profile.h"

namespace ringload::cli {

struct CheckedPlan {
  const Profile* profile = nullptr;
  std::map<std::string, std::string> origins;  // the profile's; what came from the environment says so
  std::shared_ptr<const load::Workload> workload;
  engine::HostLimits limits;
  engine::Capacity capacity;
  Prediction prediction;
  Traffic traffic;
  double jsonl_sample = 1;           // 0: no JSONL
  std::string out;                   // directory of the outputs, or "none"
  uint64_t free_bytes = 0;           // where `out` lies
  std::vector<std::string> warnings;
  std::vector<std::string> refusals;  // why a run would not start
};

// Throws UsageError for what cannot be planned at all.
CheckedPlan check_plan(const Arguments& arguments, const Profile& profile);
std::string plan_text(const CheckedPlan& plan);
std::string plan_json(const CheckedPlan& plan);

}  // namespace ringload::cli
