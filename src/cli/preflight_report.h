// What to tell a user whose first request failed: what was tried, what came back, and what most likely helps.
#pragma once
#include <string>
#include <vector>

#include "ringload/profile.h"
#include "ringload/run.h"

namespace ringload::cli {

// Empty when every scenario was answered well.
std::string preflight_failure(const Profile& profile, const std::vector<PreflightAnswer>& answers);

}  // namespace ringload::cli
