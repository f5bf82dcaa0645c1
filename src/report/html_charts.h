// The data behind the charts of the HTML report, as JSON that may stand inside a script element.
#pragma once
#include <string>

#include "ringload/result.h"

namespace ringload::report {

// [{title, x, y, logarithmic, series: [{name, points: [[x, y], …]}]}]; charts without points are left out.
std::string charts_json(const RunResult& result);

}  // namespace ringload::report
