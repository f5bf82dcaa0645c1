// One row of figures as JSON, and back: the part of a summary that stands in it most often.
#pragma once
#include "report/json_out.h"
#include "ringload/result.h"

namespace ringload::report {

void write_stat(JsonOut& out, const Stat& stat);
// {min, mean, …} in ms.
void write_samples_ms(JsonOut& out, const Samples& samples);
// The same in µs, with the histogram inside: for distributions that stand alone.
void write_samples_us(JsonOut& out, const Samples& samples);

}  // namespace ringload::report
