// From thresholds to what a search counts: bounds with a tolerated share of bad requests.
#pragma once
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "experiment/knee_search.h"
#include "ringload/profile.h"

namespace ringload::experiment {

// Adds error_rate<=1% when no threshold is on errors. The error names the threshold and what is allowed.
std::expected<std::vector<KneeBound>, std::string> knee_bounds(std::span<const Threshold> slo, const Profile& profile);

// The longest time that a request's fate by these bounds can take, ns; 0: no bound says.
int64_t longest_bound(std::span<const KneeBound> bounds);

}  // namespace ringload::experiment
