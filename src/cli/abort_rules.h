// --abort-on: bounds that end a run as soon as one of them *holds*.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "ringload/profile.h"
#include "ringload/run.h"

namespace ringload::cli {

class AbortRules {
 public:
  // Throws UsageError: what cannot be read, names no scenario or stage of the profile, or is not
  // known before a stage's end.
  static AbortRules from(const Arguments& arguments, const Profile& profile);

  // Why the run must end now: "error_rate 62 % > 50 %"; absent while it may go on.
  std::optional<std::string> broken(const Session& session, const Progress& progress) const;

 private:
  std::vector<Threshold> rules_;
};

}  // namespace ringload::cli
