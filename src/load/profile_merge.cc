#include "load/profile_merge.h"

#include "load/profile_parts.h"
#include "ringload/outcome.h"

namespace ringload {

bool Profile::any_stream() const {
  for (const Scenario& scenario : scenarios) {
    if (scenario.stream) return true;
  }
  return false;
}

double Profile::mean_turns() const {
  double turns = 0, weights = 0;
  for (const Scenario& scenario : scenarios) {
    turns += scenario.weight * scenario.turns.mean();
    weights += scenario.weight;
  }
  return weights > 0 ? turns / weights : 1;
}

}  // namespace ringload

namespace ringload::load {
namespace {

void read_durations(const JsonValue& root, Profile& profile) {
  profile.timeout_ns = duration_of(&root, "timeout").value_or(profile.timeout_ns);
  profile.connect_timeout_ns = duration_of(&root, "connect_timeout").value_or(profile.connect_timeout_ns);
  profile.dns_ttl_ns = duration_of(&root, "dns_ttl").value_or(profile.dns_ttl_ns);
}

void read_correlation(const JsonValue& root, Profile& profile, Complaints& complaints) {
  const JsonValue* value = member(&root, "correlation", JsonValue::Kind::object);
  Correlation& correlation = profile.correlation;
  correlation.uuid_in_prompt = boolean_of(value, "uuid_in_prompt").value_or(true);
  correlation.header = text_of(value, "header").value_or(correlation.header);
  correlation.traceparent = boolean_of(value, "traceparent").value_or(false);
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  for (const char c : correlation.header) {
    const bool token = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kMarks.find(c) != std::string_view::npos;
    if (token) continue;
    complaints.wrong(*value->find("header"), "a header name: letters, digits and " + std::string(kMarks));
    break;
  }
}

void read_retry(const JsonValue& root, Profile& profile, Complaints& complaints) {
  const JsonValue* value = member(&root, "retry", JsonValue::Kind::object);
  profile.retry.max = integer_of(value, "max").value_or(0);
  const JsonValue* classes = member(value, "on", JsonValue::Kind::array);
  if (classes == nullptr) return;
  for (const JsonValue& item : classes->items) {
    if (!item.is(JsonValue::Kind::string)) continue;
    bool known = false;
    std::string names;
    for (unsigned i = 1; i < kErrorClasses; ++i) {
      const std::string_view name = error_class_name(static_cast<ErrorClass>(i));
      known |= name == item.text;
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    if (!known) complaints.wrong(item, "an error class: " + names);
    profile.retry.on.push_back(item.text);
  }
}

void read_prices(const JsonValue& root, Profile& profile) {
  const JsonValue* prices = member(&root, "prices", JsonValue::Kind::object);
  if (prices == nullptr) return;
  for (const JsonMember& each : prices->members) {
    if (each.key.starts_with('_')) continue;
    Price price;
    price.input_per_mtok = number_of(&each.value, "input_per_mtok").value_or(0);
    price.cached_input_per_mtok = number_of(&each.value, "cached_input_per_mtok").value_or(price.input_per_mtok);
    price.output_per_mtok = number_of(&each.value, "output_per_mtok").value_or(0);
    profile.prices[each.key] = price;
  }
}

void read_scrape(const JsonValue& root, Profile& profile, Complaints& complaints) {
  const JsonValue* list = member(&root, "scrape", JsonValue::Kind::array);
  if (list == nullptr) return;
  for (const JsonValue& item : list->items) {
    Scrape scrape;
    scrape.name = text_of(&item, "name").value_or("");
    scrape.url = text_of(&item, "url").value_or("");
    if (const auto target = parse_target(scrape.url); !target && item.find("url") != nullptr) {
      complaints.say(*item.find("url"), target.error());
    }
    if (const JsonValue* match = member(&item, "match", JsonValue::Kind::array)) {
      for (const JsonValue& glob : match->items) scrape.match.push_back(glob.text);
    }
    if (const auto interval = duration_of(&item, "interval")) {
      if (*interval < 100'000'000) complaints.wrong(*item.find("interval"), "a duration ≥ 100ms");
      scrape.interval_ns = *interval;
    }
    profile.scrape.push_back(std::move(scrape));
  }
}

void read_limits(const MergeInput& input, Profile& profile) {
  const JsonValue& root = input.root;
  profile.disable_keepalive = boolean_of(&root, "disable_keepalive").value_or(false);
  profile.insecure_skip_verify = boolean_of(&root, "insecure_skip_verify").value_or(false);
  const bool all = boolean_of(&root, "capture_error_body").value_or(false);
  profile.capture_error_body = all ? 600 : integer_of(&root, "capture_error_body").value_or(0);
  profile.max_event_bytes = integer_of(&root, "max_event_bytes").value_or(profile.max_event_bytes);
  profile.max_in_flight = integer_of(&root, "max_in_flight");
  profile.budget_usd = number_of(&root, "budget_usd");
  profile.budget_alert_pct = number_of(&root, "budget_alert_pct").value_or(profile.budget_alert_pct);
  const std::string cache_mode = text_of(&root, "cache_mode").value_or("bust");
  profile.cache_mode = cache_mode == "natural"         ? CacheMode::natural
                       : cache_mode == "shared-prefix" ? CacheMode::shared_prefix
                                                       : CacheMode::bust;
}

void apply_limit_flags(const MergeInput& input, Profile& profile, Complaints& complaints) {
  const Overrides& flags = input.overrides;
  if (flags.timeout_ns) {
    if (*flags.timeout_ns <= 0) complaints.flag("--timeout", "found 0, allowed: a duration > 0");
    profile.timeout_ns = *flags.timeout_ns;
    profile.origins["timeout"] = "--timeout";
  }
  if (flags.max_in_flight) {
    if (*flags.max_in_flight < 1) {
      complaints.flag("--max-in-flight", "found " + std::to_string(*flags.max_in_flight) + ", allowed: whole number ≥ 1");
    }
    profile.max_in_flight = flags.max_in_flight;
    profile.origins["max_in_flight"] = "--max-in-flight";
  }
  if (flags.budget_usd) {
    if (!(*flags.budget_usd > 0)) complaints.flag("--budget-usd", "found a budget that is not > 0, allowed: number > 0");
    profile.budget_usd = flags.budget_usd;
    profile.origins["budget_usd"] = "--budget-usd";
  }
  if (flags.insecure) {
    profile.insecure_skip_verify = *flags.insecure;
    profile.origins["insecure_skip_verify"] = "--insecure";
  }
  if (flags.warmup_ns) profile.origins["warmup"] = "--warmup";
}

}  // namespace

Profile merge_profile(const MergeInput& input, Complaints& complaints) {
  Profile profile;
  for (const char* key : {"timeout", "connect_timeout", "max_in_flight", "budget_usd", "warmup", "cache_mode", "correlation",
                          "insecure_skip_verify", "disable_keepalive", "dns_ttl", "max_event_bytes"}) {
    profile.origins[key] = input.root.find(key) != nullptr ? "profile" : "built-in";
  }
  read_durations(input.root, profile);
  read_correlation(input.root, profile, complaints);
  read_retry(input.root, profile, complaints);
  read_prices(input.root, profile);
  read_scrape(input.root, profile, complaints);
  read_limits(input, profile);
  apply_limit_flags(input, profile, complaints);
  merge_scenarios(input, profile, complaints);
  merge_stages(input, profile, complaints);
  merge_thresholds(input, profile, complaints);
  return profile;
}

}  // namespace ringload::load
