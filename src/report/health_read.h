// The generator's health from JSON, as report/health_json.h writes it.
#pragma once
#include <expected>
#include <string>

#include "report/json_in.h"
#include "ringload/result.h"

namespace ringload::report {

std::expected<GeneratorHealth, std::string> read_health(JsonValue json);

}  // namespace ringload::report
