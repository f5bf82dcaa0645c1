// The stages of --stages, and what every stage can say of itself.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "load/json_value.h"
#include "ringload/profile_load.h"

namespace ringload {
namespace {

constexpr const char* kForms = ", allowed: 100:60s, @20000:60s, 1-100:30s, @1000-20000:60s, separated by commas";

std::expected<double, std::string> parse_vus(std::string_view text) {
  int64_t vus = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), vus);
  if (error != std::errc() || end != text.data() + text.size() || vus < 1 || vus > 10'000'000) {
    return std::unexpected("found " + load::shown(text) + " as concurrency, allowed: a whole number from 1 to 10000000");
  }
  return static_cast<double>(vus);
}

std::expected<Stage, std::string> parse_stage(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return std::unexpected("found " + load::shown(text) + std::string(why));
  };
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return bad(kForms);
  std::string_view level = text.substr(0, colon);
  const std::string_view length = text.substr(colon + 1);
  if (parse_duration(level) && level != "0" && !parse_duration(length)) {
    return bad(", where the duration comes first as in k6, allowed: " + std::string(length) + ":" + std::string(level));
  }
  const auto duration = parse_duration(length);
  if (!duration) return bad(": " + duration.error());
  if (*duration == 0) return bad(", allowed: a duration > 0");

  Stage stage;
  stage.loop = level.starts_with('@') ? Loop::open : Loop::closed;
  if (stage.loop == Loop::open) level.remove_prefix(1);
  const auto parse_level = [&](std::string_view value) {
    return stage.loop == Loop::open ? parse_rate(value) : parse_vus(value);
  };
  const size_t dash = level.find('-');
  const bool ramp = dash != std::string_view::npos;
  // A ramp may begin or end at nothing; a level may not.
  const auto parse_end = [&](std::string_view value) -> std::expected<double, std::string> {
    if (ramp && value == "0") return 0.0;
    return parse_level(value);
  };
  const auto from = parse_end(level.substr(0, dash));
  if (!from) return bad(": " + from.error());
  const auto to = ramp ? parse_end(level.substr(dash + 1)) : from;
  if (!to) return bad(": " + to.error());
  if (*from == 0 && *to == 0) return bad(", allowed: a ramp that leaves 0");
  stage.legs = {{*from, *to, *duration}};
  stage.duration_ns = *duration;
  return stage;
}

// 20000 → "20,000"; 0.5 → "0.5".
std::string count_text(double value) {
  const auto whole = static_cast<int64_t>(value);
  std::string digits = std::to_string(whole);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  if (value != static_cast<double>(whole)) {
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value - static_cast<double>(whole),
                                            std::chars_format::fixed, 3);
    std::string_view fraction(buffer + 1, static_cast<size_t>(end - buffer - 1));
    while (fraction.ends_with('0')) fraction.remove_suffix(1);
    if (fraction != ".") digits += fraction;
  }
  return digits;
}

}  // namespace

std::expected<std::vector<Stage>, std::string> parse_stages(std::string_view text) {
  std::vector<Stage> stages;
  for (size_t start = 0; start <= text.size();) {
    const size_t comma = std::min(text.find(',', start), text.size());
    std::string_view part = text.substr(start, comma - start);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    auto stage = parse_stage(part);
    if (!stage) return std::unexpected(std::move(stage.error()));
    stages.push_back(std::move(*stage));
    start = comma + 1;
  }
  return stages;
}

double Stage::peak() const {
  double peak = 0;
  for (const Leg& leg : legs) peak = std::max({peak, leg.from, leg.to});
  return peak;
}

double Stage::mean_level() const {
  double area = 0;
  for (const Leg& leg : legs) area += (leg.from + leg.to) / 2 * static_cast<double>(leg.duration_ns);
  return duration_ns > 0 ? area / static_cast<double>(duration_ns) : 0;
}

bool Stage::is_ramp() const { return legs.size() == 1 && legs[0].from != legs[0].to; }

std::string Stage::label() const {
  double low = peak();
  for (const Leg& leg : legs) low = std::min({low, leg.from, leg.to});
  std::string level = count_text(legs.front().from);
  if (is_ramp()) {
    level += "–" + count_text(legs.front().to);
  } else if (low != peak()) {
    level = count_text(low) + "–" + count_text(peak());
  }
  if (loop == Loop::closed) return level + (peak() == 1 ? " VU" : " VUs");
  std::string out = "@" + level + (rate_of == RateOf::requests ? "/s" : " conversations/s");
  out += arrival == Arrival::poisson ? " poisson" : arrival == Arrival::constant ? " constant" : " gamma";
  if (shape == Shape::burst) out += " burst";
  if (shape == Shape::sine) out += " sine";
  return out;
}

}  // namespace ringload
