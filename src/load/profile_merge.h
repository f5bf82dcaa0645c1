// From a checked document and flags to the effective profile.
#pragma once
#include <string>
#include <string_view>

#include "load/complaints.h"
#include "ringload/profile_load.h"

namespace ringload::load {

struct MergeInput {
  const JsonValue& root;
  const Environment& environment;
  const Overrides& overrides;
  std::string folder;       // of the profile: what relative files in it start from; empty: the working directory
  bool flags_alone = false;  // no file: sized prompts of 128 tokens, max_tokens 128, streamed
};

// Complete only when it left no complaints.
Profile merge_profile(const MergeInput& input, Complaints& complaints);

// ---- its parts, one file each ----

// Fills profile.scenarios: own value, then flag, then defaults, then built-in.
void merge_scenarios(const MergeInput& input, Profile& profile, Complaints& complaints);
// Fills profile.stages and warm-up from the profile or from --stages, --rate …
void merge_stages(const MergeInput& input, Profile& profile, Complaints& complaints);
// Fills profile.thresholds; the scenarios and stages are there already.
void merge_thresholds(const MergeInput& input, Profile& profile, Complaints& complaints);

}  // namespace ringload::load
