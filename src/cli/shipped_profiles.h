// Where shipped profiles lie: beside the build that runs, or installed.
#pragma once
#include <string>
#include <vector>

namespace ringload::cli {

std::vector<std::string> shipped_profile_dirs();

}  // namespace ringload::cli
