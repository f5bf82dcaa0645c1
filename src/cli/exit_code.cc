#include "cli/exit_code.h"

#include <signal.h>

namespace ringload::cli {

EndedBy ended_by_signal(int signal) {
  switch (signal) {
    case SIGINT: return EndedBy::sigint;
    case SIGTERM: return EndedBy::sigterm;
    case SIGHUP: return EndedBy::sighup;
    default: return EndedBy::plan;
  }
}

int exit_code_of(const RunResult& result, int signal, bool allow_invalid) {
  if (signal != 0) return 128 + signal;
  if (result.conservation.ok == 0) return kNothingMeasured;
  if (result.health.verdict == Verdict::invalid && !allow_invalid) return kGeneratorLimited;
  if (result.ended_by == EndedBy::budget) return kBudget;
  if (!result.pass || result.ended_by == EndedBy::abort_on) return kFailed;
  return kPassed;
}

}  // namespace ringload::cli
