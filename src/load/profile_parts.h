// Reading the parts of a checked document. What the check has already complained about is skipped here without a second
// complaint, so that one pass finds everything.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/complaints.h"
#include "load/json_value.h"
#include "ringload/profile.h"

namespace ringload::load {

// The member when it is there and of the kind wanted.
const JsonValue* member(const JsonValue* object, std::string_view key, JsonValue::Kind kind);
std::optional<std::string> text_of(const JsonValue* object, std::string_view key);
std::optional<double> number_of(const JsonValue* object, std::string_view key);
std::optional<int64_t> integer_of(const JsonValue* object, std::string_view key);
std::optional<bool> boolean_of(const JsonValue* object, std::string_view key);
std::optional<int64_t> duration_of(const JsonValue* object, std::string_view key);

std::vector<Stage> read_stages(const JsonValue& array, RateOf rate_of, Complaints& complaints);
RandomDuration read_random_duration(const JsonValue& value, Complaints& complaints);
Content read_content(const JsonValue& object, Complaints& complaints);
// Lays what `object` bounds over `base`; a bound of 0 lifts it.
Slo read_slo(const JsonValue& object, Slo base);
std::vector<Threshold> read_thresholds(const JsonValue& value, Complaints& complaints);

std::optional<Arrival> arrival_of(std::string_view name);
std::string_view arrival_name(Arrival arrival);
std::optional<Auth> auth_of(std::string_view name);
std::string_view auth_name(Auth auth);
std::string_view shape_name(Shape shape);
std::string_view cache_mode_name(CacheMode mode);
std::string_view content_mode_name(ContentMode mode);

// The prompts of a scenario that brings none.
std::vector<std::string> builtin_prompts();

}  // namespace ringload::load
