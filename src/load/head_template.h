// The head of a scenario's requests, rendered once with holes for what differs.
#pragma once
#include <string_view>

#include "load/workload.h"

namespace ringload::load {

HeadTemplate make_head(const Profile& profile, const Scenario& scenario, const Adapter& adapter,
                       std::string_view version);

// "00-" trace id "-" parent id "-01".
inline constexpr size_t kTraceparentBytes = 55;

}  // namespace ringload::load
