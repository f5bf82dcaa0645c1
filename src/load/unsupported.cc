// Features that profiles may ask for and that a run cannot honour yet. A feature is switched on by taking its line out.
#include <algorithm>
#include <array>

#include "ringload/profile_load.h"

namespace ringload {
namespace {

struct Feature {
  const char* name;
  bool (*asked)(const Profile& profile);
};

template <class Want>
bool any_scenario(const Profile& profile, Want want) {
  return std::any_of(profile.scenarios.begin(), profile.scenarios.end(), want);
}

constexpr std::array kNotYet = {
    Feature{"content.mode dataset", [](const Profile& p) {
              return any_scenario(p, [](const Scenario& each) { return each.content.mode == ContentMode::dataset; });
            }},
    Feature{"retry", [](const Profile& p) { return p.retry.max > 0; }},
    Feature{"budget_usd", [](const Profile& p) { return p.budget_usd.has_value(); }},
    Feature{"scrape", [](const Profile& p) { return !p.scrape.empty(); }},
};

}  // namespace

std::vector<std::string> unsupported(const Profile& profile) {
  std::vector<std::string> out;
  for (const Feature& feature : kNotYet) {
    if (feature.asked(profile)) out.push_back(std::string(feature.name) + ": not available yet");
  }
  return out;
}

}  // namespace ringload
