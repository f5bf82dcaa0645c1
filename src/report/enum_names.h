// Names of enumerators as they stand in files, both ways.
#pragma once
#include <optional>
#include <string_view>

#include "ringload/result.h"

namespace ringload::report {

std::string_view name_of(StageKind kind);
std::string_view name_of(ArrivalKind arrival);
std::string_view name_of(Verdict verdict);
std::string_view name_of(EndedBy ended_by);

std::optional<StageKind> stage_kind_of(std::string_view name);
std::optional<ArrivalKind> arrival_kind_of(std::string_view name);
std::optional<Verdict> verdict_of(std::string_view name);
std::optional<EndedBy> ended_by_of(std::string_view name);
std::optional<ErrorClass> error_class_of(std::string_view name);

}  // namespace ringload::report
