// From arguments to what a load command needs: the effective profile, the session's options, where outputs go.
#pragma once
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "ringload/profile.h"
#include "ringload/profile_load.h"
#include "ringload/run.h"

namespace ringload::cli {

// Throws UsageError with every mistake of the profile, one a line.
Profile effective_profile(const Arguments& arguments);
Overrides overrides_from(const Arguments& arguments);
SessionOptions session_options(const Arguments& arguments);
std::vector<int> parse_cpu_list(const std::string& text);  // "0-3,8"; throws UsageError

struct JsonlChoice {
  bool on = true;
  double sample = 1;
};
JsonlChoice jsonl_choice(const Arguments& arguments);

}  // namespace ringload::cli
