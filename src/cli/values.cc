#include "cli/values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "cli/arguments.h"
#include "load/json_value.h"
#include "ringload/profile_load.h"

namespace ringload::cli {

void bad_value(std::string_view flag, std::string_view value, std::string_view allowed) {
  throw UsageError("--" + std::string(flag) + ": found " + load::shown(value) + ", allowed: " + std::string(allowed));
}

bool on_or_off(std::string_view flag, std::string_view value) {
  for (const std::string_view yes : {"on", "true", "yes", "1"})
    if (value == yes) return true;
  for (const std::string_view no : {"off", "false", "no", "0"})
    if (value == no) return false;
  bad_value(flag, value, "on or off");
}

size_t choice(std::string_view flag, std::string_view value, std::initializer_list<std::string_view> allowed) {
  std::string list;
  size_t index = 0;
  for (const std::string_view each : allowed) {
    if (value == each) return index;
    list += (list.empty() ? "" : ", ") + std::string(each);
    ++index;
  }
  bad_value(flag, value, list);
}

int64_t whole_number(const Arguments& arguments, std::string_view flag, int64_t fallback, int64_t lowest,
                     int64_t highest) {
  const auto text = arguments.value(flag);
  if (!text) return fallback;
  int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || stop != end || number < lowest || number > highest)
    bad_value(flag, *text, fmt::format("a whole number from {} to {}", lowest, highest));
  return number;
}

double decimal(const Arguments& arguments, std::string_view flag, double fallback, double lowest, double highest) {
  const auto text = arguments.value(flag);
  if (!text) return fallback;
  double number = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || stop != end || !(number >= lowest && number <= highest))
    bad_value(flag, *text, fmt::format("a number from {} to {}", lowest, highest));
  return number;
}

int64_t duration(const Arguments& arguments, std::string_view flag, int64_t fallback) {
  const auto text = arguments.value(flag);
  if (!text) return fallback;
  const auto parsed = parse_duration(*text);
  if (!parsed) throw UsageError("--" + std::string(flag) + ": " + parsed.error());
  return *parsed;
}

}  // namespace ringload::cli
