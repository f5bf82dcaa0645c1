// Validation of a document against the table: unknown keys, types, ranges.
#pragma once
#include "load/complaints.h"
#include "load/json_value.h"
#include "load/profile_spec.h"

namespace ringload::load {

void check_object(const JsonValue& object, const ObjectSpec& spec, Complaints& complaints);
// `_comment` keys are ignored anywhere but in JSON that is passed on as it stands.
inline bool is_comment(std::string_view key) { return key.starts_with('_'); }
// The candidate nearest to `text`, or empty when none is near enough to have been meant.
std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace ringload::load
