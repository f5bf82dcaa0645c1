#include "cli/rank.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace ringload::cli {
namespace {

constexpr uint32_t kMost = 1'000'000;

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value > kMost) return std::nullopt;
  return value;
}

std::optional<Rank> valid(std::optional<uint32_t> index, std::optional<uint32_t> of) {
  if (!index || !of || *of == 0 || *index >= *of) return std::nullopt;
  return Rank{*index, *of};
}

std::optional<uint32_t> from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : number(value);
}

}  // namespace

Rank rank_of(const Arguments& arguments) {
  if (const auto text = arguments.value("rank")) {
    const size_t slash = text->find('/');
    const std::string_view whole = *text;
    const auto rank = slash == std::string::npos
                          ? std::nullopt
                          : valid(number(whole.substr(0, slash)), number(whole.substr(slash + 1)));
    if (!rank) bad_value("rank", *text, "I/N with I from 0 to N - 1, such as 0/4");
    return *rank;
  }
  constexpr std::pair<const char*, const char*> kLaunchers[] = {
      {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, {"PMI_RANK", "PMI_SIZE"},
      {"SLURM_PROCID", "SLURM_NTASKS"}, {"RANK", "WORLD_SIZE"}};
  for (const auto& [index, of] : kLaunchers)
    if (const auto rank = valid(from_environment(index), from_environment(of))) return *rank;
  return {};
}

}  // namespace ringload::cli
