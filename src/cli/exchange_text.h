// One request and its answer, for a reader: what was sent and what came back, keys redacted.
#pragma once
#include <string>

#include "load/workload.h"
#include "ringload/run.h"

namespace ringload::cli {

// The preflight's request of that scenario, as it goes on the wire but for redacted header values.
std::string request_text(const load::ScenarioPlan& plan);
// "HTTP status 200", then the body's beginning; or why there was none. Control bytes of the peer are shown as spaces.
std::string answer_text(const PreflightAnswer& answer, const Scenario& scenario);

}  // namespace ringload::cli
