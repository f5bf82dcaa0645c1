// A program that runs load itself: closed loop at the URL of its first argument, then what came of it as JSON.
#include <cstdio>

#include "ringload/profile_load.h"
#include "ringload/report.h"
#include "ringload/run.h"

int main(int argc, char** argv) {
  ringload::Overrides flags;
  flags.target = argc > 1 ? argv[1] : "";
  flags.concurrency = 4;
  flags.requests = 200;
  const ringload::ProfileResult profile = ringload::profile_from_flags(ringload::Environment::process(), flags);
  if (!profile) {
    for (const ringload::ProfileError& error : profile.error()) std::fprintf(stderr, "%s\n", error.text().c_str());
    return 2;
  }
  ringload::SessionOptions options;
  options.shards = 1;
  const auto session = ringload::Session::create(*profile, options);
  if (!session) {
    std::fprintf(stderr, "%s\n", session.error().c_str());
    return 2;
  }
  ringload::RunResult result;
  (*session)->run_stages(profile->stages, 1, {}, [&](ringload::StageResult&& stage) {
    result.stages.push_back(std::move(stage));
  });
  (*session)->finish(result);
  std::fputs(ringload::summary_json(result).c_str(), stdout);
}
