#include "report/enum_names.h"

#include <array>

namespace ringload::report {
namespace {

constexpr std::array<std::string_view, 2> kStageKinds{"closed", "open"};
constexpr std::array<std::string_view, 3> kArrivals{"poisson", "constant", "gamma"};
constexpr std::array<std::string_view, 3> kVerdicts{"valid", "suspect", "invalid"};
constexpr std::array<std::string_view, 8> kEndedBy{"plan",     "SIGINT", "SIGTERM",   "SIGHUP",
                                                   "abort_on", "budget", "preflight", "running"};

template <class Enum, size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
  for (size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(StageKind kind) { return kStageKinds[static_cast<size_t>(kind)]; }
std::string_view name_of(ArrivalKind arrival) { return kArrivals[static_cast<size_t>(arrival)]; }
std::string_view name_of(Verdict verdict) { return kVerdicts[static_cast<size_t>(verdict)]; }
std::string_view name_of(EndedBy ended_by) { return kEndedBy[static_cast<size_t>(ended_by)]; }

std::optional<StageKind> stage_kind_of(std::string_view name) { return find<StageKind>(kStageKinds, name); }
std::optional<ArrivalKind> arrival_kind_of(std::string_view name) { return find<ArrivalKind>(kArrivals, name); }
std::optional<Verdict> verdict_of(std::string_view name) { return find<Verdict>(kVerdicts, name); }
std::optional<EndedBy> ended_by_of(std::string_view name) { return find<EndedBy>(kEndedBy, name); }

std::optional<ErrorClass> error_class_of(std::string_view name) {
  for (unsigned i = 0; i < kErrorClasses; ++i)
    if (error_class_name(static_cast<ErrorClass>(i)) == name) return static_cast<ErrorClass>(i);
  return std::nullopt;
}

}  // namespace ringload::report
