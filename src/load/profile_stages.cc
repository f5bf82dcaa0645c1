// Stages of a profile, shapes expanded.
#include <algorithm>
#include <array>
#include <cmath>

#include "load/profile_parts.h"

namespace ringload::load {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr int kChordsPerPeriod = 60;  // of a sine: at most 0.14 % of its amplitude off
constexpr size_t kMostLegs = 100'000;
constexpr std::array<double, 7> kSpikeLevels = {1, 3, 1, 5, 1, 10, 1};

class StageReader {
 public:
  StageReader(const JsonValue& object, RateOf rate_of, Complaints& complaints)
      : object_(object), complaints_(complaints) {
    base_.rate_of = rate_of;
  }

  void read(std::vector<Stage>& out) {
    const auto duration = duration_of(&object_, "duration");
    if (!duration || *duration == 0) return;
    base_.duration_ns = *duration;
    read_arrival();
    const std::string shape = text_of(&object_, "shape").value_or("");
    if (shape == "spike") return spike(out);
    if (shape == "burst") return burst(out);
    if (shape == "sine") return sine(out);
    if (shape == "sustained") {
      base_.shape = Shape::sustained;
      base_.shape_json = to_json(object_);
    }
    only({"concurrency", "rate"});
    if (!level(shape != "sustained")) return;
    out.push_back(base_);
  }

 private:
  void read_arrival() {
    if (const auto name = text_of(&object_, "arrival")) base_.arrival = arrival_of(*name).value_or(Arrival::poisson);
    if (const auto value = number_of(&object_, "burstiness")) base_.burstiness = *value;
    if (const auto name = text_of(&object_, "rate_of")) {
      base_.rate_of = *name == "conversations" ? RateOf::conversations : RateOf::requests;
    }
    if (object_.find("burstiness") != nullptr && base_.arrival != Arrival::gamma) {
      complaints_.wrong(*object_.find("burstiness"), "only beside \"arrival\": \"gamma\"");
    }
  }

  // Of the keys that say how much, only these fit the kind of stage.
  void only(std::initializer_list<std::string_view> allowed) {
    for (const std::string_view key : {"concurrency", "rate", "low", "high", "min", "max", "period"}) {
      const JsonValue* value = object_.find(key);
      if (value == nullptr || std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
      std::string names;
      for (const std::string_view each : allowed) names += (names.empty() ? "" : ", ") + std::string(each);
      const std::string shape = text_of(&object_, "shape").value_or("");
      complaints_.say(*value, "found \"" + std::string(key) + "\" in a " + (shape.empty() ? "stage without a shape" : shape) +
                                  ", allowed: " + names);
    }
  }

  // Reads rate or concurrency into base_; false after a complaint.
  bool level(bool ramps) {
    const JsonValue* concurrency = object_.find("concurrency");
    const JsonValue* rate = object_.find("rate");
    if ((concurrency != nullptr) == (rate != nullptr)) {
      complaints_.say(object_, concurrency != nullptr ? "found both \"concurrency\" and \"rate\", allowed: one of them"
                                                      : "missing key: \"concurrency\" (closed loop) or \"rate\" (open loop)");
      return false;
    }
    base_.loop = rate != nullptr ? Loop::open : Loop::closed;
    if (base_.loop == Loop::closed) {
      for (const std::string_view key : {"arrival", "burstiness", "rate_of"}) {
        if (const JsonValue* value = object_.find(key)) complaints_.wrong(*value, "only in an open stage (\"rate\")");
      }
    }
    const JsonValue& value = rate != nullptr ? *rate : *concurrency;
    Leg leg{0, 0, base_.duration_ns};
    if (value.is(JsonValue::Kind::number)) {
      leg.from = leg.to = value.number;
    } else if (value.is(JsonValue::Kind::object)) {
      const auto from = number_of(&value, "from"), to = number_of(&value, "to");
      if (!from || !to) return false;
      leg.from = *from;
      leg.to = *to;
      if (!ramps) complaints_.wrong(value, "a number: this shape has no ramps");
      if (*from == 0 && *to == 0) complaints_.say(value, "found a ramp from 0 to 0, allowed: a level > 0 at one end");
    } else {
      return false;
    }
    base_.legs = {leg};
    return true;
  }

  void spike(std::vector<Stage>& out) {
    only({"concurrency", "rate"});
    if (!level(false)) return;
    const double base = base_.legs[0].from;
    const int64_t total = base_.duration_ns;
    base_.shape = Shape::spike;
    base_.shape_json = to_json(object_);
    for (size_t part = 0; part < kSpikeLevels.size(); ++part) {
      Stage stage = base_;
      const auto n = static_cast<int64_t>(kSpikeLevels.size()), i = static_cast<int64_t>(part);
      stage.duration_ns = total / n * (i + 1) + total % n * (i + 1) / n - total / n * i - total % n * i / n;
      if (stage.duration_ns == 0) return complaints_.wrong(*object_.find("duration"), "at least 7ns for a spike");
      const double level = base * kSpikeLevels[part];
      stage.legs = {{level, level, stage.duration_ns}};
      stage.shape_part = static_cast<uint32_t>(part) + 1;
      out.push_back(std::move(stage));
    }
  }

  // Both ends and the period of a burst or a sine; false after a complaint.
  bool swing(std::string_view low_key, std::string_view high_key, double& low, double& high, int64_t& period) {
    only({low_key, high_key, "period"});
    bool complete = true;
    for (const std::string_view key : {low_key, high_key, std::string_view("period")}) {
      if (object_.find(key) != nullptr) continue;
      complaints_.say(object_, "missing key \"" + std::string(key) + "\" of this shape");
      complete = false;
    }
    const auto a = number_of(&object_, low_key), b = number_of(&object_, high_key);
    const auto length = duration_of(&object_, "period");
    if (!complete || !a || !b || !length) return false;
    if (*b <= *a) {
      complaints_.wrong(*object_.find(high_key), "> \"" + std::string(low_key) + "\"");
      return false;
    }
    if (*length == 0) return false;
    if (base_.duration_ns / *length > static_cast<int64_t>(kMostLegs) / kChordsPerPeriod) {
      complaints_.wrong(*object_.find("period"),
                        "at most " + std::to_string(kMostLegs / kChordsPerPeriod) + " periods in a stage");
      return false;
    }
    low = *a;
    high = *b;
    period = *length;
    base_.loop = Loop::open;
    base_.shape_json = to_json(object_);
    return true;
  }

  void burst(std::vector<Stage>& out) {
    double low = 0, high = 0;
    int64_t period = 0;
    if (!swing("low", "high", low, high, period)) return;
    base_.shape = Shape::burst;
    for (int64_t start = 0; start < base_.duration_ns;) {
      const int64_t into = start % period;
      const bool first = into < period / 2;
      const int64_t end = std::min(start - into + (first ? period / 2 : period), base_.duration_ns);
      const double level = first ? low : high;
      if (end > start) base_.legs.push_back({level, level, end - start});
      start = end;
    }
    out.push_back(base_);
  }

  void sine(std::vector<Stage>& out) {
    double low = 0, high = 0;
    int64_t period = 0;
    if (!swing("min", "max", low, high, period)) return;
    base_.shape = Shape::sine;
    const auto level_at = [&](int64_t t) {
      const double phase = static_cast<double>(t % period) / static_cast<double>(period);
      return (low + high) / 2 + (high - low) / 2 * std::sin(2 * kPi * phase);
    };
    const int64_t chord = std::max<int64_t>(period / kChordsPerPeriod, 1);
    for (int64_t start = 0; start < base_.duration_ns;) {
      const int64_t end = std::min(start + chord, base_.duration_ns);
      base_.legs.push_back({std::max(level_at(start), 0.0), std::max(level_at(end), 0.0), end - start});
      start = end;
    }
    out.push_back(base_);
  }

  const JsonValue& object_;
  Complaints& complaints_;
  Stage base_;
};

}  // namespace

std::vector<Stage> read_stages(const JsonValue& array, RateOf rate_of, Complaints& complaints) {
  std::vector<Stage> stages;
  for (const JsonValue& item : array.items) {
    if (item.is(JsonValue::Kind::object)) StageReader(item, rate_of, complaints).read(stages);
  }
  return stages;
}

}  // namespace ringload::load
