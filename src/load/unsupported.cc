// Features that profiles may ask for and that a run cannot honour yet. A feature is switched on by taking its line out.
#include <array>

#include "protocol/registry.h"
#include "ringload/profile_load.h"

namespace ringload {
namespace {

struct Feature {
  const char* name;
  bool (*asked)(const Profile& profile);
};

constexpr std::array kNotYet = {
    Feature{"scrape", [](const Profile& p) { return !p.scrape.empty(); }},
};

}  // namespace

std::vector<std::string> unsupported(const Profile& profile) {
  std::vector<std::string> out;
  for (const Feature& feature : kNotYet) {
    if (feature.asked(profile)) out.push_back(std::string(feature.name) + ": not available yet");
  }
  for (const Scenario& scenario : profile.scenarios) {
    if (protocol::find_adapter(scenario.protocol) != nullptr) continue;
    out.push_back("protocol " + scenario.protocol + " (scenario \"" + scenario.name + "\"): not available yet");
  }
  return out;
}

}  // namespace ringload
