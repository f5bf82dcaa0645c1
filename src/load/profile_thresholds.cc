// Thresholds of a profile: an object of bounds, or a list of expressions.
#include "load/profile_parts.h"
#include "load/threshold_names.h"

namespace ringload::load {
namespace {

// {"ttft_p95_ms": 500}: at most, but for figures of which more is better.
std::optional<Threshold> from_member(std::string_view key, double bound) {
  std::string_view name = key;
  std::string scope;
  if (const size_t colon = name.rfind(':'); colon != std::string_view::npos) {
    scope = name.substr(0, colon + 1);
    name.remove_prefix(colon + 1);
  }
  if (name.ends_with("_ms")) name.remove_suffix(3);
  const auto metric = parse_metric_name(name);
  if (!metric || (key.ends_with("_ms") && metric->kind != MetricKind::time)) return std::nullopt;
  const bool at_least = metric->kind == MetricKind::rate || metric->metric == "goodput";
  const auto parsed = parse_threshold(scope + std::string(name) + (at_least ? ">=" : "<=") + number_text(bound));
  if (!parsed) return std::nullopt;
  Threshold threshold = *parsed;
  threshold.off = bound == 0;
  threshold.written = threshold.off ? std::string(key) : threshold.expr;
  return threshold;
}

}  // namespace

std::vector<Threshold> read_thresholds(const JsonValue& value, Complaints& complaints) {
  std::vector<Threshold> out;
  for (const JsonMember& member : value.members) {
    if (member.key.starts_with('_') || !member.value.is(JsonValue::Kind::number)) continue;
    if (auto threshold = from_member(member.key, member.value.number)) {
      out.push_back(std::move(*threshold));
    } else if (from_member(member.key, 0)) {
      if (member.value.number >= 0) complaints.wrong(member.value, "number from 0 to 1");  // less is told already
    } else {
      complaints.key(value, member,
                     "unknown threshold " + shown(member.key) + ". Allowed: <metric>_<stat>[_ms], metrics: " + metric_names());
    }
  }
  for (const JsonValue& item : value.items) {
    if (!item.is(JsonValue::Kind::string)) continue;
    if (auto threshold = parse_threshold(item.text)) {
      out.push_back(std::move(*threshold));
    } else {
      complaints.say(item, threshold.error());
    }
  }
  return out;
}

}  // namespace ringload::load
