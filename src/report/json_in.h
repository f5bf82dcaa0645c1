// Reading JSON leniently: a member that is missing, null or of another type reads as "absent", because summaries of
// older versions and of other tools lack some. simdjson stays behind this header.
#pragma once
#include <simdjson.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace ringload::report {

using JsonValue = simdjson::dom::element;

std::optional<JsonValue> member(JsonValue object, std::string_view key);
// The first of several names that is there.
std::optional<JsonValue> member_of(JsonValue object, std::initializer_list<std::string_view> keys);

std::optional<std::string> text_in(JsonValue object, std::string_view key);
std::optional<double> real_in(JsonValue object, std::string_view key);
std::optional<uint64_t> count_in(JsonValue object, std::string_view key);   // whole and ≥ 0
std::optional<int64_t> integer_in(JsonValue object, std::string_view key);
std::optional<bool> flag_in(JsonValue object, std::string_view key);
// Milliseconds as µs, rounded.
std::optional<int64_t> micros_of(JsonValue ms);

template <class Visit>
void each_in(JsonValue object, std::string_view key, Visit visit) {
  const auto array = member(object, key);
  if (!array || !array->is_array()) return;
  for (JsonValue item : simdjson::dom::array(*array)) visit(item);
}

template <class Visit>
void each_member(JsonValue object, std::string_view key, Visit visit) {
  const auto inner = member(object, key);
  if (!inner || !inner->is_object()) return;
  for (auto field : simdjson::dom::object(*inner)) visit(field.key, field.value);
}

}  // namespace ringload::report
