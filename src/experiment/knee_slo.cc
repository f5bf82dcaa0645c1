#include "experiment/knee_slo.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace ringload::experiment {
namespace {

using Figure = Bound::Figure;

std::optional<Figure> figure_of(const Threshold& threshold) {
  const std::string& metric = threshold.metric;
  if (metric == "latency") return Figure::latency;
  if (metric == "service") return Figure::service;
  if (metric == "ttfb" || (metric == "ttft" && threshold.ttft_reads_ttfb)) return Figure::ttfb;
  if (metric == "ttft") return Figure::ttft;
  if (metric == "ttfot") return Figure::ttfot;
  if (metric == "itl") return Figure::itl;
  if (metric == "tpot") return Figure::tpot;
  if (metric == "error_rate") return Figure::failed;
  if (metric == "goodput") return Figure::missed_slo;
  return std::nullopt;
}

std::expected<KneeBound, std::string> bound_of(const Threshold& threshold, const Profile& profile) {
  const auto refuse = [&](const std::string& why) {
    return std::unexpected("a knee cannot be searched for by " + threshold.expr + ": " + why);
  };
  KneeBound bound;
  bound.text = threshold.written;
  const auto figure = figure_of(threshold);
  if (!figure) return refuse("allowed are latency, service, ttfb, ttft, ttfot, itl, tpot, error_rate and goodput");
  bound.bound.figure = *figure;
  const bool upper = threshold.op == Threshold::Op::le || threshold.op == Threshold::Op::lt;
  if (upper == (*figure == Figure::missed_slo))
    return refuse(upper ? "goodput needs >= and a share" : "allowed is an upper bound (<=)");
  if (threshold.stage != 0) return refuse("a search has no stages");
  if (!threshold.scenario.empty()) {
    const auto found = std::ranges::find(profile.scenarios, threshold.scenario, &Scenario::name);
    if (found == profile.scenarios.end()) return refuse("no scenario has that name");
    bound.bound.scenario = static_cast<int32_t>(found - profile.scenarios.begin());
  }
  const bool only_streams =
      *figure == Figure::ttft || *figure == Figure::ttfot || *figure == Figure::itl || *figure == Figure::tpot;
  if (only_streams && !profile.any_stream()) return refuse("no scenario streams");
  if (*figure == Figure::failed) {
    bound.tolerance = threshold.value;
  } else if (*figure == Figure::missed_slo) {
    bound.tolerance = 1 - threshold.value;
    for (const Scenario& scenario : profile.scenarios) {
      if (!scenario.slo.any()) return refuse("scenario " + scenario.name + " has no `slo` in the profile");
      bound.bound.limit_ns = std::max(bound.bound.limit_ns, scenario.slo.e2e_ns.value_or(0));
    }
  } else {
    bound.bound.limit_ns = std::llround(threshold.value * 1e6);
    if (threshold.stat == "mean") bound.stat = KneeBound::Stat::mean;
    else if (threshold.stat == "max") bound.stat = KneeBound::Stat::max;
    else if (threshold.stat == "min") bound.stat = KneeBound::Stat::min;
    else bound.tolerance = 1 - std::strtod(threshold.stat.c_str() + 1, nullptr) / 100;
    if (*figure == Figure::itl && bound.stat != KneeBound::Stat::share) return refuse("itl needs a percentile");
    if (bound.bound.limit_ns == 0) return refuse("0 ms cannot be kept");
  }
  if (bound.stat == KneeBound::Stat::share && (bound.tolerance < 1e-6 || bound.tolerance > 1 - 1e-6))
    return refuse("the share of bad requests that it tolerates must lie between 0 and 1, as in error_rate<=0.1%");
  return bound;
}

}  // namespace

std::expected<std::vector<KneeBound>, std::string> knee_bounds(std::span<const Threshold> slo, const Profile& profile) {
  std::vector<KneeBound> bounds;
  bool errors = false, gaps = false;
  for (const Threshold& threshold : slo) {
    if (threshold.off) continue;
    auto bound = bound_of(threshold, profile);
    if (!bound) return std::unexpected(bound.error());
    errors = errors || bound->bound.figure == Figure::failed;
    if (bound->bound.figure == Figure::itl && std::exchange(gaps, true))
      return std::unexpected("a knee can be searched for by one bound on itl");
    bounds.push_back(std::move(*bound));
  }
  if (!errors) bounds.push_back({{Figure::failed, -1, 0}, KneeBound::Stat::share, 0.01, "error_rate<=0.01"});
  if (bounds.size() > kMaxBounds)
    return std::unexpected("a knee can be searched for by " + std::to_string(kMaxBounds) + " bounds at most");
  return bounds;
}

int64_t longest_bound(std::span<const KneeBound> bounds) {
  int64_t longest = 0;
  for (const KneeBound& bound : bounds)
    if (bound.bound.figure != Figure::itl && bound.bound.figure != Figure::tpot && bound.bound.figure != Figure::failed)
      longest = std::max(longest, bound.bound.limit_ns);
  return longest;
}

}  // namespace ringload::experiment
