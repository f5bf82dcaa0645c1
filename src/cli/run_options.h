// From arguments to what a load command needs: the effective profile, the session's options, where outputs go.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "load/workload.h"
#include "ringload/profile.h"
#include "ringload/profile_load.h"
#include "ringload/run.h"

namespace ringload::cli {

// Throws UsageError with every mistake of the profile, one a line.
Profile effective_profile(const Arguments& arguments);
Overrides overrides_from(const Arguments& arguments);
SessionOptions session_options(const Arguments& arguments);
std::vector<int> parse_cpu_list(const std::string& text);  // "0-3,8"; throws UsageError
std::vector<std::string> parse_source_ips(const std::string& text);  // "10.0.0.1,10.0.1.0/28"; throws UsageError

// Throws UsageError with every feature that the profile asks for and a run cannot honour yet.
void refuse_unsupported(const Profile& profile);
// A budget cannot be kept without a price of every model. Throws UsageError.
void require_prices(const Profile& profile);
// As a session will make it. Throws UsageError.
std::shared_ptr<const load::Workload> workload_of(const Profile& profile, const SessionOptions& options);
// Of a proxy in the environment, which is not used; empty: there is none.
std::string proxy_note();

struct JsonlChoice {
  bool on = true;
  double sample = 1;
};
JsonlChoice jsonl_choice(const Arguments& arguments);

}  // namespace ringload::cli
