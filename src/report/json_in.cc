#include "report/json_in.h"

#include <cmath>

namespace ringload::report {

std::optional<JsonValue> member(JsonValue object, std::string_view key) {
  JsonValue value;
  if (!object.is_object() || object[key].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

std::optional<JsonValue> member_of(JsonValue object, std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys)
    if (auto value = member(object, key)) return value;
  return std::nullopt;
}

std::optional<std::string> text_in(JsonValue object, std::string_view key) {
  const auto value = member(object, key);
  std::string_view text;
  if (!value || value->get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

std::optional<double> real_in(JsonValue object, std::string_view key) {
  const auto value = member(object, key);
  double number = 0;
  if (!value || value->get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<uint64_t> count_in(JsonValue object, std::string_view key) {
  const auto value = member(object, key);
  uint64_t number = 0;
  if (!value || value->get_uint64().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<int64_t> integer_in(JsonValue object, std::string_view key) {
  const auto value = member(object, key);
  int64_t number = 0;
  if (!value || value->get_int64().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<bool> flag_in(JsonValue object, std::string_view key) {
  const auto value = member(object, key);
  bool flag = false;
  if (!value || value->get_bool().get(flag) != simdjson::SUCCESS) return std::nullopt;
  return flag;
}

std::optional<int64_t> micros_of(JsonValue ms) {
  double number = 0;
  if (ms.get_double().get(number) != simdjson::SUCCESS || !(std::fabs(number) < 9e12)) return std::nullopt;
  return std::llround(number * 1000);
}

}  // namespace ringload::report
