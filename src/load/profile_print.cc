// The effective profile as JSON that is itself a profile: everything merged into the scenarios, `defaults` gone.
#include <fmt/format.h>

#include <set>

#include "load/json_writer.h"
#include "load/profile_parts.h"
#include "load/secret_text.h"

namespace ringload {
namespace {

using load::JsonWriter;

std::string duration_json(int64_t ns) { return load::quote(format_duration(ns)); }

std::string random_json(const RandomDuration& value) {
  const std::string a = duration_json(value.a_ns), b = duration_json(value.b_ns);
  switch (value.kind) {
    case RandomDuration::Kind::constant: break;
    case RandomDuration::Kind::uniform: return fmt::format(R"({{"min": {}, "max": {}}})", a, b);
    case RandomDuration::Kind::exponential: return fmt::format(R"({{"mean": {}, "distribution": "exponential"}})", a);
    case RandomDuration::Kind::lognormal: return fmt::format(R"({{"p50": {}, "p99": {}}})", a, b);
  }
  return a;
}

// Of an open stage, to stand behind its other keys.
std::string arrival_json(const Stage& stage) {
  std::string out = fmt::format(R"(, "arrival": "{}")", load::arrival_name(stage.arrival));
  if (stage.arrival == Arrival::gamma) out += fmt::format(R"(, "burstiness": {})", load::number_text(stage.burstiness));
  if (stage.rate_of == RateOf::conversations) out += R"(, "rate_of": "conversations")";
  return out;
}

// A shape as it stood, but for what flags may have changed.
std::string shape_json(const Stage& stage) {
  const load::JsonDocument document(stage.shape_json);
  std::string out;
  for (const load::JsonMember& member : document.root().members) {
    if (member.key.starts_with('_') || member.key == "arrival" || member.key == "burstiness" || member.key == "rate_of")
      continue;
    out += (out.empty() ? "" : ", ") + load::quote(member.key) + ": " + load::to_json(member.value);
  }
  return "{" + out + (stage.loop == Loop::open ? arrival_json(stage) : "") + "}";
}

std::string stage_json(const Stage& stage) {
  if (stage.shape != Shape::none) return shape_json(stage);
  const Leg& leg = stage.legs.front();
  const std::string level = leg.from == leg.to ? load::number_text(leg.from)
                                               : fmt::format(R"({{"from": {}, "to": {}}})", load::number_text(leg.from),
                                                             load::number_text(leg.to));
  return fmt::format(R"({{"{}": {}, "duration": {}{}}})", stage.loop == Loop::open ? "rate" : "concurrency", level,
                     duration_json(stage.duration_ns), stage.loop == Loop::open ? arrival_json(stage) : "");
}

std::string size_json(const SizeDistribution& size) {
  switch (size.kind) {
    case SizeDistribution::Kind::fixed: return std::to_string(size.tokens);
    case SizeDistribution::Kind::normal:
      return fmt::format(R"({{"mean": {}, "stdev": {}, "min": {}, "max": {}}})", load::number_text(size.mean),
                         load::number_text(size.stdev), size.min, size.max);
    case SizeDistribution::Kind::choices: break;
  }
  std::string out;
  for (const auto& choice : size.choices) {
    out += fmt::format("{}[{}, {}]", out.empty() ? "" : ", ", choice.tokens, load::number_text(choice.weight));
  }
  return R"({"choices": [)" + out + "]}";
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.open(key, '[');
  for (const std::string& text : texts) json.text(text);
  json.close(']');
}

void write_content(JsonWriter& json, const Content& content) {
  json.open("content", '{');
  json.text("mode", load::content_mode_name(content.mode));
  switch (content.mode) {
    case ContentMode::pool:
      write_texts(json, "prompts", content.prompts);
      if (content.repeat != 1) json.whole("repeat", content.repeat);
      break;
    case ContentMode::scripted: write_texts(json, "script", content.script); break;
    case ContentMode::sized: json.raw("approx_input_tokens", size_json(content.size)); break;
    case ContentMode::dataset:
      json.text("file", content.file);
      json.text("replay", content.replay_recorded ? "recorded" : "live");
      break;
  }
  json.close('}');
}

void write_slo(JsonWriter& json, const Slo& slo) {
  if (!slo.any()) return;
  json.open("slo", '{');
  const auto bound = [&](std::string_view key, const std::optional<int64_t>& ns) {
    if (ns) json.number(key, static_cast<double>(*ns) / 1e6);
  };
  bound("ttft_ms", slo.ttft_ns);
  bound("itl_ms", slo.itl_ns);
  bound("e2e_ms", slo.e2e_ns);
  json.close('}');
}

// A run that finds one asks for the key; "<redacted>" alone would be sent as if it were one.
constexpr std::string_view kHidden = "<redacted>", kHiddenHere = "<redacted:REPLACE_WITH_VK>";

std::string shown_value(const Header& header) {
  std::string text = header.shown;
  for (size_t at = 0; (at = text.find(kHidden, at)) != std::string::npos; at += kHiddenHere.size())
    text.replace(at, kHidden.size(), kHiddenHere);
  return text;
}

void write_scenario(JsonWriter& json, const Scenario& scenario) {
  json.open('{');
  json.text("name", scenario.name);
  json.number("weight", scenario.weight);
  if (scenario.content.mode == ContentMode::dataset && scenario.content.most_turns == 0) {
    // as recorded
  } else if (scenario.turns.min == scenario.turns.max) {
    json.whole("turns", scenario.turns.min);
  } else {
    json.raw("turns", fmt::format(R"({{"min": {}, "max": {}}})", scenario.turns.min, scenario.turns.max));
  }
  json.text("protocol", scenario.protocol);
  if (!scenario.target.host.empty()) {
    json.text("target", scenario.target.origin() + load::redacted(scenario.target.path, kHiddenHere));
  }
  json.text("model", scenario.model);
  json.boolean("stream", scenario.stream);
  json.raw("max_tokens", scenario.max_tokens ? std::to_string(*scenario.max_tokens) : "null");
  json.text("max_tokens_field", scenario.max_tokens_field);
  json.text("system", scenario.system);
  json.text("auth", load::auth_name(scenario.auth));
  json.open("headers", '{');
  for (const Header& header : scenario.headers) json.text(header.name, shown_value(header));
  json.close('}');
  json.raw("extra_body", scenario.extra_body.empty() ? "{}" : load::redacted(scenario.extra_body, kHiddenHere));
  json.raw("think_time", random_json(scenario.think_time));
  json.raw("pause", random_json(scenario.pause));
  write_slo(json, scenario.slo);
  write_content(json, scenario.content);
  json.close('}');
}

// The key that asks for it in an object of thresholds; empty when only an expression can.
std::string threshold_key(const Threshold& threshold) {
  const auto kind = load::parse_metric_name(threshold.metric)->kind;
  const bool at_least = kind == load::MetricKind::rate || threshold.metric == "goodput";
  if (threshold.op != (at_least ? Threshold::Op::ge : Threshold::Op::le)) return {};
  if (threshold.value == 0 && !threshold.off) return {};
  std::string key = threshold.stage > 0 ? fmt::format("stage{}:", threshold.stage) : "";
  if (!threshold.scenario.empty()) key += threshold.scenario + ":";
  key += threshold.metric + (threshold.stat.empty() ? "" : "_" + threshold.stat);
  return key + (kind == load::MetricKind::time ? "_ms" : "");
}

// As an object where that can be: it alone knows what is off, and asks of no threshold that something feeds it.
void write_thresholds(JsonWriter& json, const std::vector<Threshold>& thresholds) {
  std::set<std::string> keys;
  for (const Threshold& threshold : thresholds) keys.insert(threshold_key(threshold));
  if (keys.size() == thresholds.size() && !keys.contains("")) {
    json.open("thresholds", '{');
    for (const Threshold& threshold : thresholds) json.number(threshold_key(threshold), threshold.value);
    return json.close('}');
  }
  json.open("thresholds", '[');
  for (const Threshold& threshold : thresholds) {
    if (threshold.off) continue;
    const std::string& expr = threshold.expr;
    const size_t at = expr.find("ttft");
    json.text(threshold.ttft_reads_ttfb && at != std::string::npos ? std::string(expr).replace(at, 4, "ttfb") : expr);
  }
  json.close(']');
}

}  // namespace

std::string print_profile(const Profile& profile) {
  JsonWriter json;
  json.open('{');
  json.open("stages", '[');
  for (const Stage& stage : profile.stages) {
    if (stage.shape_part <= 1) json.raw(stage_json(stage));
  }
  json.close(']');
  json.raw("warmup", duration_json(profile.warmup_ns));
  json.text("cache_mode", load::cache_mode_name(profile.cache_mode));
  json.open("correlation", '{');
  json.boolean("uuid_in_prompt", profile.correlation.uuid_in_prompt);
  json.text("header", profile.correlation.header);
  json.boolean("traceparent", profile.correlation.traceparent);
  json.close('}');
  write_thresholds(json, profile.thresholds);
  json.raw("timeout", duration_json(profile.timeout_ns));
  json.raw("connect_timeout", duration_json(profile.connect_timeout_ns));
  json.raw("dns_ttl", duration_json(profile.dns_ttl_ns));
  json.boolean("disable_keepalive", profile.disable_keepalive);
  json.boolean("insecure_skip_verify", profile.insecure_skip_verify);
  json.whole("capture_error_body", profile.capture_error_body);
  json.whole("max_event_bytes", profile.max_event_bytes);
  if (profile.max_in_flight) json.whole("max_in_flight", *profile.max_in_flight);
  json.open("retry", '{');
  json.whole("max", profile.retry.max);
  write_texts(json, "on", profile.retry.on);
  json.close('}');
  json.open("prices", '{');
  for (const auto& [model, price] : profile.prices) {
    json.open(model, '{');
    json.number("input_per_mtok", price.input_per_mtok);
    json.number("cached_input_per_mtok", price.cached_input_per_mtok);
    json.number("output_per_mtok", price.output_per_mtok);
    json.close('}');
  }
  json.close('}');
  if (profile.budget_usd) json.number("budget_usd", *profile.budget_usd);
  json.number("budget_alert_pct", profile.budget_alert_pct);
  json.open("scrape", '[');
  for (const Scrape& scrape : profile.scrape) {
    json.open('{');
    json.text("name", scrape.name);
    json.text("url", scrape.url);
    write_texts(json, "match", scrape.match);
    json.raw("interval", duration_json(scrape.interval_ns));
    json.close('}');
  }
  json.close(']');
  json.open("scenarios", '[');
  for (const Scenario& scenario : profile.scenarios) write_scenario(json, scenario);
  json.close(']');
  json.close('}');
  return json.take();
}

}  // namespace ringload
