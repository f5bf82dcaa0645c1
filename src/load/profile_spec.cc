// Keys, types, ranges and defaults. Data only, so long: splitting it would scatter what belongs on one page.
#include "load/profile_spec.h"

#include "load/threshold_names.h"

namespace ringload::load {
namespace {

using Kind = TypeSpec::Kind;

constexpr TypeSpec kBoolType{.kind = Kind::boolean};
constexpr TypeSpec kNullType{.kind = Kind::null};
constexpr TypeSpec kTextType{.kind = Kind::string};
constexpr TypeSpec kDurationType{.kind = Kind::duration};
constexpr TypeSpec kPositiveDurationType{.kind = Kind::duration, .above_min = true};

constexpr TypeSpec whole(double min, double max) { return {.kind = Kind::integer, .min = min, .max = max}; }
constexpr TypeSpec at_least(double min) { return {.kind = Kind::number, .min = min}; }
constexpr TypeSpec between(double min, double max) { return {.kind = Kind::number, .min = min, .max = max}; }
constexpr TypeSpec above(double min, double max = std::numeric_limits<double>::infinity()) {
  return {.kind = Kind::number, .min = min, .max = max, .above_min = true};
}
constexpr TypeSpec text(std::string_view what, std::string_view pattern) {
  return {.kind = Kind::string, .what = what, .pattern = pattern};
}
constexpr TypeSpec choice(std::span<const std::string_view> choices) {
  return {.kind = Kind::string, .choices = choices};
}
constexpr TypeSpec object(const ObjectSpec& spec) { return {.kind = Kind::object, .object = &spec}; }
constexpr TypeSpec map_of(std::span<const TypeSpec> element, std::string_view keys = {}) {
  return {.kind = Kind::map, .element = element, .pattern = keys};
}
constexpr TypeSpec array_of(std::span<const TypeSpec> element, size_t min_items = 0, size_t max_items = SIZE_MAX) {
  return {.kind = Kind::array, .element = element, .min_items = min_items, .max_items = max_items};
}

constexpr double kMostVus = 10e6;
constexpr double kMostRate = 100e6;
constexpr double kMostTokens = 2e6;
constexpr double kMostTurns = 1000;

constexpr TypeSpec kBool[] = {kBoolType};
constexpr TypeSpec kText[] = {kTextType};
constexpr TypeSpec kTexts[] = {array_of(kText, 1)};
constexpr TypeSpec kDuration[] = {kDurationType};
constexpr TypeSpec kPositiveDuration[] = {kPositiveDurationType};
constexpr TypeSpec kUrl[] = {text("URL", "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@ ]+([/?][^# ]*)?$")};
constexpr TypeSpec kHeaderValue[] = {text("", "^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$")};
constexpr TypeSpec kHeaders[] = {map_of(kHeaderValue, "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")};
constexpr TypeSpec kJsonObject[] = {{.kind = Kind::json_object}};
constexpr TypeSpec kMaxTokens[] = {whole(1, kMostTokens), kNullType};
constexpr TypeSpec kPositive[] = {above(0)};
constexpr TypeSpec kNotNegative[] = {at_least(0)};

constexpr std::string_view kAuthNames[] = {"bearer", "x-api-key", "api-key", "none"};
constexpr TypeSpec kAuth[] = {choice(kAuthNames)};

constexpr std::string_view kProtocolNames[] = {"openai-chat",       "anthropic",        "openai-completions",
                                               "openai-embeddings", "openai-responses", "gemini"};
constexpr TypeSpec kProtocol[] = {choice(kProtocolNames)};

// ---- durations that may be random ----

constexpr std::string_view kDistributionNames[] = {"exponential", "constant"};
constexpr TypeSpec kDistributionName[] = {choice(kDistributionNames)};
constexpr KeySpec kRandomKeys[] = {
    {"min", kDuration, "", "uniform between `min` and `max`"},
    {"max", kDuration, "", "≥ `min`"},
    {"mean", kDuration, "", "of the `distribution`"},
    {"distribution", kDistributionName, "\"exponential\"", "with `mean`"},
    {"p50", kDuration, "", "lognormal with this median"},
    {"p99", kDuration, "", "≥ `p50`"},
};
constexpr std::string_view kRangeForm[] = {"min", "max"}, kMeanForm[] = {"mean"}, kMeanAlso[] = {"distribution"},
                           kQuantileForm[] = {"p50", "p99"}, kNothing[] = {""};
constexpr FormSpec kRandomForms[] = {{kRangeForm, kNothing}, {kMeanForm, kMeanAlso}, {kQuantileForm, kNothing}};
constexpr ObjectSpec kRandom{"random duration", kRandomKeys, kRandomForms};
constexpr TypeSpec kRandomDuration[] = {kDurationType, object(kRandom)};

// ---- slo, defaults ----

constexpr KeySpec kSloKeys[] = {
    {"ttft_ms", kNotNegative, "", "time to the first token; 0: not asked for"},
    {"itl_ms", kNotNegative, "", "a request's mean gap between tokens; 0: not asked for"},
    {"e2e_ms", kNotNegative, "", "latency of the whole request; 0: not asked for"},
};
constexpr ObjectSpec kSloSpec{"slo", kSloKeys};
constexpr TypeSpec kSlo[] = {object(kSloSpec)};

constexpr KeySpec kDefaultsKeys[] = {
    {"protocol", kProtocol, "\"openai-chat\"", "wire format; `openai-responses` and `gemini` cannot be run yet"},
    {"target", kUrl, "", "URL; without a path, or ending in `/v1`, the protocol's own path is appended"},
    {"headers", kHeaders, "{}", "sent with every request; values expand `${env:NAME}` and `${file:PATH}`"},
    {"model", kText, "\"gpt-4o-mini\"", "model name"},
    {"max_tokens", kMaxTokens, "64", "most tokens of an answer; null: the key is left out"},
    {"stream", kBool, "false", "answers are streamed (SSE)"},
    {"system", kText, "\"\"", "system prompt; empty: none"},
    {"auth", kAuth, "\"bearer\"", "the header that `--vk` fills"},
    {"max_tokens_field", kText, "\"max_tokens\"", "name of that key in the request, such as `max_completion_tokens`"},
    {"extra_body", kJsonObject, "{}", "merged into every request last; a null removes a key"},
};
constexpr ObjectSpec kDefaults{"defaults", kDefaultsKeys};
constexpr TypeSpec kDefaultsType[] = {object(kDefaults)};

// ---- stages ----

constexpr TypeSpec kVuRampEnd[] = {whole(0, kMostVus)};
constexpr KeySpec kVuRampKeys[] = {
    {"from", kVuRampEnd, "", "virtual users at the start", true},
    {"to", kVuRampEnd, "", "virtual users at the end", true},
};
constexpr ObjectSpec kVuRamp{"ramp", kVuRampKeys};
constexpr TypeSpec kConcurrency[] = {whole(1, kMostVus), object(kVuRamp)};
constexpr TypeSpec kRateRampEnd[] = {between(0, kMostRate)};
constexpr KeySpec kRateRampKeys[] = {
    {"from", kRateRampEnd, "", "requests per second at the start", true},
    {"to", kRateRampEnd, "", "requests per second at the end", true},
};
constexpr ObjectSpec kRateRamp{"ramp", kRateRampKeys};
constexpr TypeSpec kRate[] = {above(0, kMostRate), object(kRateRamp)};
constexpr TypeSpec kLevel[] = {between(0, kMostRate)};
constexpr std::string_view kArrivalNames[] = {"poisson", "constant", "gamma"};
constexpr TypeSpec kArrival[] = {choice(kArrivalNames)};
constexpr std::string_view kRateOfNames[] = {"requests", "conversations"};
constexpr TypeSpec kRateOf[] = {choice(kRateOfNames)};
constexpr std::string_view kShapeNames[] = {"spike", "burst", "sustained", "sine"};
constexpr TypeSpec kShape[] = {choice(kShapeNames)};
constexpr TypeSpec kBurstiness[] = {above(0, 10'000)};
constexpr KeySpec kStageKeys[] = {
    {"concurrency", kConcurrency, "", "closed loop: virtual users, or a ramp `{\"from\", \"to\"}` of them"},
    {"rate", kRate, "", "open loop: requests per second, or a ramp of them"},
    {"duration", kPositiveDuration, "", "its warm-up included", true},
    {"arrival", kArrival, "\"poisson\"", "gaps between starts in an open stage"},
    {"burstiness", kBurstiness, "1", "CV² of the gaps with `gamma` arrivals; 4 is bursty"},
    {"rate_of", kRateOf, "\"requests\"", "what `rate` counts; with `requests` conversations start at rate ÷ mean turns"},
    {"shape", kShape, "", "spike: base, ×3, base, ×5, base, ×10, base of `rate` or `concurrency` in equal parts; burst: "
                          "`low` and `high` in equal halves of a `period`; sine: between `min` and `max`; sustained: one "
                          "level, whose first and last tenth are compared"},
    {"low", kLevel, "", "burst: requests per second"},
    {"high", kLevel, "", "burst: requests per second"},
    {"min", kLevel, "", "sine: requests per second"},
    {"max", kLevel, "", "sine: requests per second"},
    {"period", kPositiveDuration, "", "burst and sine"},
};
constexpr std::string_view kClosedForm[] = {"concurrency", "duration"}, kOpenForm[] = {"rate", "duration"},
                           kBurstForm[] = {"shape", "low", "high", "period", "duration"},
                           kSineForm[] = {"shape", "min", "max", "period", "duration"}, kClosedAlso[] = {"shape"},
                           kOpenAlso[] = {"shape", "arrival", "burstiness", "rate_of"}, kBurst[] = {"burst"},
                           kSine[] = {"sine"}, kLevelShapes[] = {"spike", "sustained"};
constexpr FormSpec kStageForms[] = {{kClosedForm, kClosedAlso, "shape", kLevelShapes},
                                    {kOpenForm, kOpenAlso, "shape", kLevelShapes},
                                    {kBurstForm, kOpenAlso, "shape", kBurst},
                                    {kSineForm, kOpenAlso, "shape", kSine}};
constexpr ObjectSpec kStage{"stage", kStageKeys, kStageForms};
constexpr TypeSpec kStageType[] = {object(kStage)};
constexpr TypeSpec kStages[] = {array_of(kStageType, 1, 10'000)};

// ---- content ----

constexpr std::string_view kModeNames[] = {"pool", "scripted", "sized", "dataset"};
constexpr TypeSpec kMode[] = {choice(kModeNames)};
constexpr TypeSpec kTokens[] = {whole(1, kMostTokens)};
constexpr TypeSpec kChoicePart[] = {between(0, kMostTokens)};  // tokens, then a weight
constexpr TypeSpec kSizeChoice[] = {array_of(kChoicePart, 2, 2)};
constexpr TypeSpec kSizeChoices[] = {array_of(kSizeChoice, 1, 1'000)};
constexpr TypeSpec kMeanTokens[] = {above(0, kMostTokens)};
constexpr TypeSpec kStdev[] = {between(0, kMostTokens)};
constexpr KeySpec kSizeKeys[] = {
    {"mean", kMeanTokens, "", "normal distribution of sizes, in tokens"},
    {"stdev", kStdev, "0", "of it"},
    {"min", kTokens, "1", "smaller draws are raised to it"},
    {"max", kTokens, "mean + 4 × stdev", "larger draws are cut to it"},
    {"choices", kSizeChoices, "", "`[[tokens, weight], …]`: results are also shown by size"},
};
constexpr std::string_view kSizeAlso[] = {"stdev", "min", "max"}, kChoicesForm[] = {"choices"};
constexpr FormSpec kSizeForms[] = {{kMeanForm, kSizeAlso}, {kChoicesForm, kNothing}};
constexpr ObjectSpec kSize{"approx_input_tokens", kSizeKeys, kSizeForms};
constexpr TypeSpec kInputTokens[] = {whole(1, kMostTokens), object(kSize)};
constexpr TypeSpec kRepeat[] = {whole(1, 100'000)};
constexpr std::string_view kReplayNames[] = {"live", "recorded"};
constexpr TypeSpec kReplay[] = {choice(kReplayNames)};
constexpr KeySpec kContentKeys[] = {
    {"mode", kMode, "from the other keys, else \"pool\"", "where prompts come from"},
    {"prompts", kTexts, "a built-in pool", "pool: one is drawn for each turn; `{uuid}` in it is new in each request"},
    {"repeat", kRepeat, "1", "pool: each prompt stands that many times in its message"},
    {"script", kTexts, "", "scripted: turn i sends `script[(i − 1) mod n]`"},
    {"approx_input_tokens", kInputTokens, "256", "sized: tokens of each prompt, the UUID included"},
    {"file", kText, "", "dataset: JSONL with `prompt`, `messages` or `conversations`; relative to the profile's folder"},
    {"replay", kReplay, "\"live\"", "dataset: feed back the live replies or the recorded ones"},
};
constexpr std::string_view kScripted[] = {"scripted"}, kScriptedForm[] = {"script"}, kDataset[] = {"dataset"},
                           kDatasetForm[] = {"file"}, kFreeModes[] = {"pool", "sized"};
constexpr FormSpec kContentForms[] = {
    {kScriptedForm, {}, "mode", kScripted}, {kDatasetForm, {}, "mode", kDataset}, {{}, {}, "mode", kFreeModes}};
constexpr ObjectSpec kContent{"content", kContentKeys, kContentForms};
constexpr TypeSpec kContentType[] = {object(kContent)};

// ---- scenarios ----

constexpr TypeSpec kTurnCount[] = {whole(1, kMostTurns)};
constexpr KeySpec kTurnsKeys[] = {
    {"min", kTurnCount, "", "drawn uniformly between `min` and `max`", true},
    {"max", kTurnCount, "", "≥ `min`", true},
};
constexpr ObjectSpec kTurnsRange{"turns", kTurnsKeys};
constexpr TypeSpec kTurns[] = {whole(1, kMostTurns), object(kTurnsRange)};
constexpr KeySpec kScenarioKeys[] = {
    {"name", kText, "\"scenario-N\"", "in reports and thresholds"},
    {"weight", kPositive, "1", "share of the virtual users (closed) or of conversation starts (open)"},
    {"turns", kTurns, "1",
     "requests of one conversation; replies are fed back; of a dataset at most so many (as recorded)"},
    {"stream", kBool, "defaults", "answers are streamed (SSE)"},
    {"max_tokens", kMaxTokens, "defaults", "most tokens of an answer; null: the key is left out"},
    {"protocol", kProtocol, "defaults", "wire format"},
    {"target", kUrl, "defaults", "URL"},
    {"headers", kHeaders, "{}", "replace those of `defaults` by name"},
    {"model", kText, "defaults", "model name"},
    {"system", kText, "defaults", "system prompt"},
    {"think_time", kRandomDuration, "the profile's", "between the turns of a conversation"},
    {"pause", kRandomDuration, "the profile's", "between the conversations of a virtual user"},
    {"slo", kSlo, "the profile's", "replaces the profile's bounds by name"},
    {"auth", kAuth, "defaults", "the header that `--vk` fills"},
    {"max_tokens_field", kText, "defaults", "name of that key in the request"},
    {"extra_body", kJsonObject, "{}", "laid over that of `defaults`, key by key"},
    {"content", kContentType, "a built-in pool", "prompts"},
};
constexpr ObjectSpec kScenario{"scenario", kScenarioKeys};
constexpr TypeSpec kScenarioType[] = {object(kScenario)};
constexpr TypeSpec kScenarios[] = {array_of(kScenarioType, 0, 1'000)};

// ---- the rest ----

constexpr std::string_view kCacheNames[] = {"bust", "shared-prefix", "natural"};
constexpr TypeSpec kCacheMode[] = {choice(kCacheNames)};
constexpr TypeSpec kHeaderName[] = {text("header name", "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$")};
constexpr KeySpec kCorrelationKeys[] = {
    {"uuid_in_prompt", kBool, "true", "as `cache_mode` says; false: never"},
    {"header", kHeaderName, "\"x-request-id\"", "carries the conversation's UUID; empty: none"},
    {"traceparent", kBool, "false", "send W3C `traceparent`, its trace id the UUID"},
};
constexpr ObjectSpec kCorrelation{"correlation", kCorrelationKeys};
constexpr TypeSpec kCorrelationType[] = {object(kCorrelation)};

constexpr TypeSpec kBound[] = {at_least(0)};
// The grammar is in grammar_threshold.cc.
#define METRIC                                                                                          \
  "(latency|e2e|service|ttfb|ttft|ttfot|itl|tpot|error_rate|goodput|rps|ok_rps|output_tokens_per_s|" \
  "stream_tokens_per_s|[pP][0-9.]+)(_(mean|avg|min|max|[pP][0-9.]+))?"
constexpr TypeSpec kExpression[] = {
    text("threshold", "^([^<>]*:)? *" METRIC " *[<>]=? *[0-9.]+([eE][+-]?[0-9]+)? *(ms|s|us|µs|%|/s)?$")};
constexpr TypeSpec kThresholds[] = {map_of(kBound, "^([^<>]*:)?" METRIC "(_ms)?$"), array_of(kExpression)};
#undef METRIC

constexpr TypeSpec kErrorBody[] = {kBoolType, whole(0, 600)};
constexpr TypeSpec kEventBytes[] = {whole(1'024, 1 << 30)};
constexpr TypeSpec kMaxInFlight[] = {whole(1, kMostVus)};
constexpr TypeSpec kRetryMax[] = {whole(0, 100)};
constexpr TypeSpec kClassNames[] = {array_of(kText)};
constexpr KeySpec kRetryKeys[] = {
    {"max", kRetryMax, "0", "tries beyond the first"},
    {"on", kClassNames, "[]", "error classes, such as `rate_limited`"},
};
constexpr ObjectSpec kRetry{"retry", kRetryKeys};
constexpr TypeSpec kRetryType[] = {object(kRetry)};

constexpr KeySpec kPriceKeys[] = {
    {"input_per_mtok", kNotNegative, "0", "USD per million prompt tokens"},
    {"cached_input_per_mtok", kNotNegative, "input_per_mtok", "USD per million cached prompt tokens"},
    {"output_per_mtok", kNotNegative, "0", "USD per million completion tokens"},
};
constexpr ObjectSpec kPrice{"prices of a model", kPriceKeys};
constexpr TypeSpec kPriceType[] = {object(kPrice)};
constexpr TypeSpec kPrices[] = {map_of(kPriceType)};
constexpr TypeSpec kAlert[] = {above(0, 100)};

constexpr KeySpec kScrapeKeys[] = {
    {"name", kText, "", "label of what it shows", true},
    {"url", kUrl, "", "of a Prometheus page", true},
    {"match", kClassNames, "[]", "globs of metric names; empty: all"},
    {"interval", kDuration, "\"5s\"", "between two readings"},
};
constexpr ObjectSpec kScrape{"scrape", kScrapeKeys};
constexpr TypeSpec kScrapeType[] = {object(kScrape)};
constexpr TypeSpec kScrapes[] = {array_of(kScrapeType)};

constexpr KeySpec kProfileKeys[] = {
    {"defaults", kDefaultsType, "{}", "what scenarios leave open"},
    {"stages", kStages, "10 VUs for 30s", "run one after another"},
    {"warmup", kDuration, "\"0s\"", "the start of every stage, excluded from every figure"},
    {"cache_mode", kCacheMode, "\"bust\"",
     "bust: the conversation's UUID begins its first message, so that no prefix cache hits; shared-prefix: it follows "
     "a prefix common to the scenario; natural: it is not in the prompt"},
    {"correlation", kCorrelationType, "{}", "how requests can be found again"},
    {"thresholds", kThresholds, "{}", "what a run must meet; in an object 0 is off, in a list of expressions 0 is 0"},
    {"slo", kSlo, "{}", "bounds of a good request: goodput counts those that meet all"},
    {"think_time", kRandomDuration, "\"0s\"", "between the turns of a conversation"},
    {"pause", kRandomDuration, "\"0s\"", "between the conversations of a virtual user"},
    {"timeout", kPositiveDuration, "\"120s\"", "of one request"},
    {"connect_timeout", kPositiveDuration, "\"10s\"", "of one connection"},
    {"dns_ttl", kDuration, "\"30s\"", "names are resolved again after it"},
    {"disable_keepalive", kBool, "false", "a connection for every request"},
    {"insecure_skip_verify", kBool, "false", "accept any certificate"},
    {"capture_error_body", kErrorBody, "false", "keep that many bytes of an error's body in the JSONL; true: 600"},
    {"disable_http2", kBool, "false", "accepted, no effect: ringload speaks HTTP/1.1"},
    {"max_event_bytes", kEventBytes, "16777216", "longest event of a stream"},
    {"max_in_flight", kMaxInFlight, "from the plan", "requests beyond it are shed"},
    {"rate_of", kRateOf, "\"requests\"", "of stages that do not say"},
    {"retry", kRetryType, "{}", "nothing is retried unless it says so"},
    {"prices", kPrices, "{}", "by model"},
    {"budget_usd", kPositive, "", "the run stops when it is spent"},
    {"budget_alert_pct", kAlert, "80", "a warning at that share of it"},
    {"scrape", kScrapes, "[]", "Prometheus pages to read during the run"},
    {"scenarios", kScenarios, "one, from `defaults`", "what is sent"},
};
constexpr ObjectSpec kProfile{"profile", kProfileKeys};

std::string range_text(const TypeSpec& type) {
  const bool low = type.min > -std::numeric_limits<double>::infinity();
  const bool high = type.max < std::numeric_limits<double>::infinity();
  const auto plain = [](double value) {
    return value < 1e15 && value == static_cast<double>(static_cast<int64_t>(value))
               ? std::to_string(static_cast<int64_t>(value))
               : number_text(value);
  };
  if (low && high && !type.above_min) return " from " + plain(type.min) + " to " + plain(type.max);
  std::string out;
  if (low) out += (type.above_min ? " > " : " ≥ ") + plain(type.min);
  if (high) out += (out.empty() ? " ≤ " : " and ≤ ") + plain(type.max);
  return out;
}

}  // namespace

const ObjectSpec& profile_spec() { return kProfile; }
std::span<const std::string_view> protocol_names() { return kProtocolNames; }

std::string allowed_text(const TypeSpec& type) {
  switch (type.kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "true or false";
    case Kind::integer: return "whole number" + range_text(type);
    case Kind::number: return "number" + range_text(type);
    case Kind::duration: return type.above_min ? "duration > 0 such as \"1m30s\"" : "duration such as \"1m30s\"";
    case Kind::json_object: return "object";
    case Kind::map: return "object of " + allowed_text(type.element);
    case Kind::array: {
      std::string out = "array of " + allowed_text(type.element);
      if (type.min_items == type.max_items) return out + ", exactly " + std::to_string(type.min_items);
      if (type.min_items > 0) out += ", at least " + std::to_string(type.min_items);
      return out;
    }
    case Kind::object: {
      std::string out;
      for (const KeySpec& key : type.object->keys) out += (out.empty() ? "" : ", ") + std::string(key.key);
      return type.object->keys.size() > 6 ? "object" : "object {" + out + "}";
    }
    case Kind::string: break;
  }
  if (type.choices.empty()) return type.what.empty() ? "string" : "string (" + std::string(type.what) + ")";
  std::string out;
  for (const std::string_view each : type.choices) out += (out.empty() ? "\"" : ", \"") + std::string(each) + "\"";
  return "one of " + out;
}

std::string allowed_text(std::span<const TypeSpec> types) {
  std::string out;
  for (const TypeSpec& type : types) out += (out.empty() ? "" : " or ") + allowed_text(type);
  return out;
}

}  // namespace ringload::load
