// What the connections of a run cost, as JSON, and back.
#pragma once
#include <expected>
#include <string>

#include "report/json_in.h"
#include "report/json_out.h"
#include "ringload/result.h"

namespace ringload::report {

void write_connections(JsonOut& out, const ConnectionFigures& connections);
std::expected<ConnectionFigures, std::string> read_connections(JsonValue json);

}  // namespace ringload::report
