// The hosts of a merged run beside each other: one that fell behind, or saw another target, shows here alone.
#pragma once
#include <string>
#include <vector>

#include "report/json_in.h"
#include "report/json_out.h"
#include "report/style.h"
#include "ringload/result.h"

namespace ringload::report {

HostRow host_row(const RunResult& run, std::string name);

void write_hosts(JsonOut& out, const std::vector<HostRow>& hosts);
std::vector<HostRow> read_hosts(JsonValue json);
// Empty without hosts.
std::string hosts_table(const Style& style, const std::vector<HostRow>& hosts);

}  // namespace ringload::report
