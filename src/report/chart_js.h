// Chart.js (MIT), minified, as Debian's libjs-chart.js ships it: compiled in, so that a report works offline.
#pragma once
#include <string_view>

namespace ringload::report {

std::string_view chart_js();

}  // namespace ringload::report
