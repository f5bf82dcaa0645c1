// SIGINT, SIGTERM and SIGHUP as a count that a run looks at: the first drains, the second abandons.
#pragma once
#include <atomic>

namespace ringload::cli {

// Installs handlers; the count lives as long as the program.
const std::atomic<int>& watch_signals();
// The first of them that came; 0: none.
int first_signal();
// Ends the load as a first signal does, without being one.
void stop_load();

}  // namespace ringload::cli
