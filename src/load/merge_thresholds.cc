// Thresholds of profile and flags, and whether anything can feed them.
#include <algorithm>

#include "load/profile_merge.h"
#include "load/profile_parts.h"

namespace ringload::load {
namespace {

bool needs_stream(std::string_view metric) {
  return metric == "ttft" || metric == "ttfot" || metric == "itl" || metric == "tpot" || metric == "stream_tokens_per_s";
}

// Why nothing of this profile can ever feed it; empty when something can.
std::string unfed(const Threshold& threshold, const Profile& profile) {
  if (threshold.stage > static_cast<int>(profile.stages.size())) {
    return "there is no stage " + std::to_string(threshold.stage) + ", allowed: 1 to " + std::to_string(profile.stages.size());
  }
  bool known = threshold.scenario.empty(), stream = false, slo = false;
  std::string names;
  for (const Scenario& scenario : profile.scenarios) {
    names += (names.empty() ? "" : ", ") + scenario.name;
    if (!threshold.scenario.empty() && scenario.name != threshold.scenario) continue;
    known = true;
    stream |= scenario.stream;
    slo |= scenario.slo.any();
  }
  if (!known) return "there is no scenario \"" + threshold.scenario + "\", allowed: " + names;
  const std::string who = threshold.scenario.empty() ? "no scenario" : "scenario \"" + threshold.scenario + "\" never";
  if (needs_stream(threshold.metric) && !stream) {
    return who + (threshold.scenario.empty() ? " streams" : " streams") + ", so there is no " + threshold.metric;
  }
  if (threshold.metric == "goodput" && !slo) return "goodput needs bounds in \"slo\"";
  return {};
}

}  // namespace

void merge_thresholds(const MergeInput& input, Profile& profile, Complaints& complaints) {
  const JsonValue* value = input.root.find("thresholds");
  if (value != nullptr) {
    profile.thresholds = read_thresholds(*value, complaints);
    const bool object = value->is(JsonValue::Kind::object);
    size_t index = 0;
    for (Threshold& threshold : profile.thresholds) {
      if (object && threshold.metric == "ttft" && !profile.any_stream() && !threshold.off) {
        threshold.ttft_reads_ttfb = true;
        profile.notes.push_back(threshold.expr + " is judged on TTFB: no scenario streams");
        continue;
      }
      const bool scope_matters = !object || !threshold.scenario.empty() || threshold.stage > 0;
      if (const std::string why = unfed(threshold, profile); scope_matters && !why.empty() && !threshold.off) {
        complaints.say(object || index >= value->items.size() ? *value : value->items[index], threshold.expr + ": " + why);
      }
      ++index;
    }
  }
  for (const std::string& text : input.overrides.thresholds) {
    auto threshold = parse_threshold(text);
    if (!threshold) {
      complaints.flag("--threshold", threshold.error());
      continue;
    }
    if (const std::string why = unfed(*threshold, profile); !why.empty()) {
      complaints.flag("--threshold", threshold->expr + ": " + why);
    }
    profile.thresholds.push_back(std::move(*threshold));
  }
}

}  // namespace ringload::load
