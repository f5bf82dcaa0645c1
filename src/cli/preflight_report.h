// What to tell a user whose first request failed: what was tried, what came back, and what most likely helps.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ringload/profile.h"
#include "ringload/run.h"

namespace ringload::cli {

// Why there is no session to send anything with; the exit code.
int complain_of_session(const std::string& error);

// Empty when every scenario was answered well. `fixed_names` are those of --resolve.
std::string preflight_failure(const Profile& profile, const std::vector<PreflightAnswer>& answers,
                              const std::vector<std::string>& fixed_names = {});

// `text` of a peer without the keys that its scenario sends: servers like to repeat them.
std::string without_keys(std::string_view text, const Scenario& scenario);

// A peer's bytes for the terminal: control bytes become spaces (line ends stay when `lines`), and
// what is not UTF-8 '?'.
std::string printable(std::string_view text, bool lines = false);

}  // namespace ringload::cli
