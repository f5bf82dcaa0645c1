#include "mock/fault.h"

#include <fmt/format.h>

#include <charconv>

#include "mock/latency.h"

namespace ringload::mock {
namespace {

constexpr std::string_view kKnown =
    "known are reset, truncate, stall, malformed, stream_error, empty and a status of 400 to 599";

std::unexpected<std::string> refuse(std::string_view part, std::string_view why) {
  return std::unexpected(fmt::format("'{}': {}", part, why));
}

// "0.5%" or "0.005".
std::expected<double, std::string> parse_share(std::string_view text) {
  constexpr std::string_view kAllowed = "a share is a percentage such as 0.5%, or a number of 0 to 1";
  std::string_view number = text;
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  double share = 0;
  const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), share, std::chars_format::fixed);
  if (ec != std::errc() || end != number.data() + number.size()) return refuse(text, kAllowed);
  if (percent) share /= 100;
  if (!(share >= 0 && share <= 1)) return refuse(text, kAllowed);
  return share;
}

std::expected<Fault, std::string> parse_kind(std::string_view name) {
  for (unsigned kind = 0; kind < kFaultKinds; ++kind) {
    const auto fault = static_cast<FaultKind>(kind);
    if (fault != FaultKind::none && fault != FaultKind::status && fault_name(fault) == name) return Fault{fault};
  }
  int status = 0;
  const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), status);
  if (ec != std::errc() || end != name.data() + name.size() || status < 400 || status > 599) {
    return refuse(name, fmt::format("unknown fault; {}", kKnown));
  }
  return Fault{FaultKind::status, status};
}

}  // namespace

std::string_view fault_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::none: return "none";
    case FaultKind::status: return "status";
    case FaultKind::reset: return "reset";
    case FaultKind::truncate: return "truncate";
    case FaultKind::stall: return "stall";
    case FaultKind::malformed: return "malformed";
    case FaultKind::stream_error: return "stream_error";
    case FaultKind::empty: return "empty";
  }
  return "";
}

std::expected<FaultPlan, std::string> FaultPlan::parse(std::string_view text) {
  FaultPlan plan;
  double sum = 0;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return refuse(part, "a fault is written name=share, such as 500=1%");
    auto fault = parse_kind(part.substr(0, equals));
    if (!fault) return std::unexpected(fault.error());
    std::string_view share_text = part.substr(equals + 1);
    const size_t colon = share_text.find(':');
    if (fault->kind == FaultKind::stall) {
      if (colon == std::string_view::npos) return refuse(part, "a stall needs its length: stall=0.5%:10s");
      const auto duration = parse_duration(share_text.substr(colon + 1));
      if (!duration) return std::unexpected(duration.error());
      fault->duration = *duration;
      share_text = share_text.substr(0, colon);
    } else if (colon != std::string_view::npos) {
      return refuse(part, "only a stall has a length");
    }
    const auto share = parse_share(share_text);
    if (!share) return std::unexpected(share.error());
    sum += *share;
    if (sum > 1 + 1e-9) return refuse(part, "with this the shares exceed 100%");
    plan.entries_.push_back({*fault, sum});
  }
  return plan;
}

Fault FaultPlan::draw(Prng& prng) const {
  if (entries_.empty()) return {};
  const double at = prng.uniform();
  for (const Entry& entry : entries_) {
    if (at < entry.up_to) return entry.fault;
  }
  return {};
}

std::expected<Interval, std::string> Interval::parse(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos) return refuse(text, "write LENGTH@START, such as 30s@60s");
  const auto length = parse_duration(text.substr(0, at));
  if (!length) return std::unexpected(length.error());
  const auto begin = parse_duration(text.substr(at + 1));
  if (!begin) return std::unexpected(begin.error());
  return Interval{*begin, *length};
}

}  // namespace ringload::mock
