// The generator's health as JSON.
#pragma once
#include "report/json_out.h"
#include "ringload/result.h"

namespace ringload::report {

void write_health(JsonOut& out, const GeneratorHealth& health);

}  // namespace ringload::report
