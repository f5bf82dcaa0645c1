// Stages: the profile's, or those of --stages, or the one that --rate, --concurrency, --duration and --requests make.
#include <algorithm>
#include <cmath>

#include "load/profile_merge.h"
#include "load/profile_parts.h"

namespace ringload::load {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kDefaultDuration = 30 * kSecondNs;
constexpr double kDefaultConcurrency = 10;
// A stage that only its number of requests ends: closed, when nothing is known of the target's speed.
constexpr int64_t kUnbounded = 24 * 3'600 * kSecondNs;

// Those that describe the one stage, as an origin: "--rate, --duration"; empty when none is given.
std::string one_stage_flags(const Overrides& flags) {
  std::string names;
  const auto add = [&](bool given, const char* name) {
    if (given) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(flags.rate.has_value(), "--rate");
  add(flags.concurrency.has_value(), "--concurrency");
  add(flags.duration_ns.has_value(), "--duration");
  add(flags.requests.has_value(), "--requests");
  return names;
}

// What --rate and its like leave open is that of the profile's stage when it has just one, else the built-in.
Stage single_stage(const MergeInput& input, const std::vector<Stage>& own, int64_t warmup_ns, Complaints& complaints) {
  const Overrides& flags = input.overrides;
  Stage stage;
  const bool plain = own.size() == 1 && own[0].legs.size() == 1;
  if (plain) stage = own[0];
  double from = plain ? stage.legs[0].from : kDefaultConcurrency;
  double to = plain ? stage.legs[0].to : kDefaultConcurrency;
  if (flags.rate && flags.concurrency) complaints.flag("--rate", "found beside --concurrency, allowed: one of them");
  if (flags.rate) {
    const auto rate = parse_rate(*flags.rate);
    if (!rate) complaints.flag("--rate", rate.error());
    stage.loop = Loop::open;
    from = to = rate.value_or(1);
  } else if (flags.concurrency) {
    if (*flags.concurrency < 1 || *flags.concurrency > 10'000'000) {
      complaints.flag("--concurrency", "found " + std::to_string(*flags.concurrency) +
                                           ", allowed: whole number from 1 to 10000000");
    }
    stage.loop = Loop::closed;
    from = to = static_cast<double>(*flags.concurrency);
  }
  int64_t duration = flags.duration_ns.value_or(plain ? own[0].duration_ns : kDefaultDuration);
  if (flags.duration_ns && *flags.duration_ns <= 0) complaints.flag("--duration", "found 0, allowed: a duration > 0");
  if (flags.requests) {
    if (*flags.requests < 1) {
      complaints.flag("--requests", "found " + std::to_string(*flags.requests) + ", allowed: whole number ≥ 1");
    }
    stage.max_requests = *flags.requests;
    if (!flags.duration_ns) {
      // Long enough for all of them: an open schedule's length is known but for its randomness.
      const double rate = std::max(std::min(from, to), 1e-3);
      duration = stage.loop == Loop::closed
                     ? kUnbounded
                     : warmup_ns + std::llround(std::min(2.0 * static_cast<double>(*flags.requests) / rate + 10, 86'400.0)) * kSecondNs;
    }
  }
  if (stage.shape != Shape::none) {
    stage.shape = Shape::none;
    stage.shape_json.clear();
  }
  stage.legs = {{from, to, duration}};
  stage.duration_ns = duration;
  return stage;
}

}  // namespace

void merge_stages(const MergeInput& input, Profile& profile, Complaints& complaints) {
  const Overrides& flags = input.overrides;
  profile.warmup_ns = flags.warmup_ns.value_or(duration_of(&input.root, "warmup").value_or(0));
  const RateOf rate_of = text_of(&input.root, "rate_of") == "conversations" ? RateOf::conversations : RateOf::requests;
  std::vector<Stage> own;
  if (const JsonValue* list = member(&input.root, "stages", JsonValue::Kind::array)) {
    own = read_stages(*list, rate_of, complaints);
  }
  profile.origins["stages"] = own.empty() ? "built-in" : "profile";
  const std::string one_stage = one_stage_flags(flags);
  if (flags.stages) {
    if (!one_stage.empty()) {
      complaints.flag("--stages", "found beside --rate, --concurrency, --duration or --requests, allowed: one or the other");
    }
    auto stages = parse_stages(*flags.stages);
    if (!stages) complaints.flag("--stages", stages.error());
    else profile.stages = std::move(*stages);
    profile.origins["stages"] = "--stages";
  } else if (!one_stage.empty() || own.empty()) {
    profile.stages = {single_stage(input, own, profile.warmup_ns, complaints)};
    if (!one_stage.empty()) {
      profile.origins["stages"] = one_stage;
      if (own.size() > 1) profile.notes.push_back("the profile's stages are replaced by the one that the flags describe");
    }
  } else {
    profile.stages = std::move(own);
  }
  if (flags.stages || profile.origins["stages"] != "profile") {
    for (Stage& stage : profile.stages) stage.rate_of = rate_of;
  }

  if (flags.arrival) {
    const auto arrival = arrival_of(*flags.arrival);
    if (!arrival) complaints.flag("--arrival", "found " + shown(*flags.arrival) + ", allowed: poisson, constant, gamma");
    bool used = false;
    for (Stage& stage : profile.stages) {
      if (stage.loop != Loop::open) continue;
      stage.arrival = arrival.value_or(Arrival::poisson);
      if (stage.arrival != Arrival::gamma) stage.burstiness = 1;
      used = true;
    }
    if (!used) complaints.flag("--arrival", "changes nothing: no stage is open (--rate or @RATE)");
  }
  if (flags.burstiness) {
    if (!(*flags.burstiness > 0 && *flags.burstiness <= 10'000)) {
      complaints.flag("--burstiness", "found " + std::to_string(*flags.burstiness) + ", allowed: number > 0 and ≤ 10000");
    }
    bool used = false;
    for (Stage& stage : profile.stages) {
      if (stage.loop != Loop::open || stage.arrival != Arrival::gamma) continue;
      stage.burstiness = *flags.burstiness;
      used = true;
    }
    if (!used) complaints.flag("--burstiness", "changes nothing: no stage has gamma arrivals (--arrival gamma)");
  }

  int number = 0;
  for (Stage& stage : profile.stages) {
    ++number;
    stage.warmup_ns = stage.shape_part > 1 ? 0 : std::min(profile.warmup_ns, stage.duration_ns);
    if (stage.warmup_ns > 0 && stage.warmup_ns == stage.duration_ns) {
      profile.notes.push_back("stage " + std::to_string(number) + " (" + stage.label() +
                              ") is no longer than its warm-up: it has no steady window");
    }
  }
}

}  // namespace ringload::load
