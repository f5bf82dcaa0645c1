// Values of flags, with errors that name the flag, what was found and what is allowed.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ringload::cli {

// Wrong use: printed as it is, exit 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Arguments;

// "--flag: found "x", allowed: …"; a value that looks like a key is not shown.
[[noreturn]] void bad_value(std::string_view flag, std::string_view value, std::string_view allowed);

// on, true, yes or 1; off, false, no or 0.
bool on_or_off(std::string_view flag, std::string_view value);
// One of `allowed`; its index.
size_t choice(std::string_view flag, std::string_view value, std::initializer_list<std::string_view> allowed);

int64_t whole_number(const Arguments& arguments, std::string_view flag, int64_t fallback, int64_t lowest,
                     int64_t highest);
// Finite, from `lowest` to `highest`.
double decimal(const Arguments& arguments, std::string_view flag, double fallback, double lowest, double highest);
int64_t duration(const Arguments& arguments, std::string_view flag, int64_t fallback);  // ns

}  // namespace ringload::cli
