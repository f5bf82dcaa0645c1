// A profile as a run uses it: validated, defaults and flags merged into every scenario, shapes expanded. Plain data,
// immutable once made (ringload/profile_load.h makes it). Durations are int64 ns, ≥ 0.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ringload/threshold.h"

namespace ringload {

// ---- where requests go ----

struct Target {
  bool https = false;
  std::string host;         // lower case; an IPv6 address without its brackets
  uint16_t port = 0;        // 1..65535; the scheme's own when the URL had none
  std::string path;         // path and query as sent, begins with '/'
  bool is_base = false;     // the URL was a base: `path` is its prefix and the protocol's own path

  // "host:port" without the scheme's own port: the value of the Host header.
  std::string authority() const;
  // "http://127.0.0.1:8080": what connections and pools are keyed by.
  std::string origin() const;
  // For readers: the values of key-like query parameters are not in it.
  std::string url() const;
  bool same_origin(const Target& other) const {
    return https == other.https && host == other.host && port == other.port;
  }
  bool operator==(const Target&) const = default;
};

// ---- when ----

// A random duration. (Not named Distribution: that is a measured one, in ringload/result.h; the same for Leg and Segment.)
struct RandomDuration {
  enum class Kind : uint8_t {
    constant,     // a
    uniform,      // [a, b]
    exponential,  // mean a
    lognormal,    // p50 a, p99 b
  };
  Kind kind = Kind::constant;
  int64_t a_ns = 0;
  int64_t b_ns = 0;

  bool is_zero() const { return a_ns == 0 && b_ns == 0; }
  double mean_ns() const;
  bool operator==(const RandomDuration&) const = default;
};

enum class Loop : uint8_t { closed, open };
enum class Arrival : uint8_t { poisson, constant, gamma };
enum class RateOf : uint8_t { requests, conversations };
enum class Shape : uint8_t { none, spike, burst, sustained, sine };

// A part of a stage in which the level goes in a straight line.
struct Leg {
  double from = 0;  // VUs (whole numbers) in a closed stage, requests (or conversations) per second in an open one; ≥ 0
  double to = 0;
  int64_t duration_ns = 0;  // > 0
};

// Spikes are expanded to one stage per level, so that each level has its own row; burst and sine stay one stage of many
// segments, since their halves are too short to be judged alone. The chords of a sine are 1/60 of a period.
struct Stage {
  Loop loop = Loop::closed;
  std::vector<Leg> legs;       // at least one; exactly one in a closed stage
  int64_t duration_ns = 0;         // the segments' sum, warm-up included
  int64_t warmup_ns = 0;           // its start, excluded from every figure; 0 in all but the first stage of a spike
  int64_t max_requests = 0;        // ends the stage at that many steady requests; 0: no such bound
  Arrival arrival = Arrival::poisson;
  double burstiness = 1;           // gamma: CV² of the gaps, > 0
  RateOf rate_of = RateOf::requests;
  Shape shape = Shape::none;       // where it comes from
  uint32_t shape_part = 0;         // which level of a spike, from 1; 0 elsewhere
  std::string shape_json;          // the shape as it stands in a profile; empty when it is none

  double peak() const;             // the highest level
  double mean_level() const;       // the level's mean over the duration
  bool is_ramp() const;
  // "100 VUs", "@2,000/s poisson", "@1–1000/s": one line for reports.
  std::string label() const;
};

// ---- what ----

struct Turns {
  int64_t min = 1;
  int64_t max = 1;  // ≥ min; drawn uniformly
  double recorded_mean = 0;  // of a dataset's own conversations, once it has been read; else 0
  double mean() const {
    return recorded_mean > 0 ? recorded_mean : (static_cast<double>(min) + static_cast<double>(max)) / 2;
  }
};

// Prompt sizes in tokens, the correlation UUID included.
struct SizeDistribution {
  enum class Kind : uint8_t { fixed, normal, choices };
  struct Choice {
    int64_t tokens = 0;
    double weight = 0;
  };
  Kind kind = Kind::fixed;
  int64_t tokens = 256;                             // fixed
  double mean = 0, stdev = 0;                       // normal, clamped to [min, max]
  int64_t min = 1, max = 1;
  std::vector<Choice> choices;

  int64_t max_tokens() const;
  double mean_tokens() const;
};

enum class ContentMode : uint8_t { pool, scripted, sized, dataset };

struct Content {
  ContentMode mode = ContentMode::pool;
  std::vector<std::string> prompts;  // pool; raw UTF-8, `{uuid}` is new in each request; never empty in pool mode
  int64_t repeat = 1;                // pool: each prompt is sent that many times over in one message
  std::vector<std::string> script;   // scripted: turn i sends script[i mod n]
  SizeDistribution size;             // sized
  std::string file;                  // dataset; relative to the profile's folder
  int64_t most_turns = 0;            // dataset: longer conversations are cut (`turns`, when given); 0: as recorded
  bool replay_recorded = false;      // dataset: the recorded replies are fed back instead of the live ones
};

enum class CacheMode : uint8_t { bust, shared_prefix, natural };
enum class Auth : uint8_t { bearer, x_api_key, api_key, none };

// The value may hold secrets: print `shown` (the unexpanded text or "<redacted>"), never `value`.
struct Header {
  std::string name;
  std::string value;
  std::string shown;
};

// Bounds in ns; absent: not asked for.
struct Slo {
  std::optional<int64_t> ttft_ns, itl_ns, e2e_ns;
  bool any() const { return ttft_ns || itl_ns || e2e_ns; }
};

struct Scenario {
  std::string name;
  double weight = 1;  // > 0
  Turns turns;
  bool stream = false;
  std::optional<int64_t> max_tokens;  // absent: the key is omitted
  std::string max_tokens_field = "max_tokens";
  std::string protocol;
  Target target;
  std::vector<Header> headers;        // in order, defaults' first; names differ without regard to case
  Auth auth = Auth::bearer;
  std::string model;
  std::string system;
  std::string extra_body;             // a JSON object as it stood in the profile, or empty
  RandomDuration think_time, pause;
  Slo slo;
  Content content;
};

// ---- the rest ----

struct Correlation {
  bool uuid_in_prompt = true;
  std::string header = "x-request-id";  // empty: none
  bool traceparent = false;
};

struct Retry {
  int64_t max = 0;
  std::vector<std::string> on;  // names of error classes
};

struct Price {
  double input_per_mtok = 0, cached_input_per_mtok = 0, output_per_mtok = 0;  // USD
};

struct Scrape {
  std::string name, url;
  std::vector<std::string> match;  // globs; empty: all
  int64_t interval_ns = 5'000'000'000;
};

struct Profile {
  std::string name;        // file name without folder and ending; "flags" when made of flags alone
  std::string file;        // as it was given; empty when made of flags alone
  std::vector<Scenario> scenarios;  // at least one
  std::vector<Stage> stages;        // at least one
  int64_t warmup_ns = 0;
  CacheMode cache_mode = CacheMode::bust;
  Correlation correlation;
  std::vector<Threshold> thresholds;
  int64_t timeout_ns = 120'000'000'000;
  int64_t connect_timeout_ns = 10'000'000'000;
  int64_t dns_ttl_ns = 30'000'000'000;
  bool disable_keepalive = false;
  bool insecure_skip_verify = false;
  int64_t capture_error_body = 0;          // bytes of an error's body that the JSONL keeps, 0..600
  int64_t max_event_bytes = 16 << 20;
  std::optional<int64_t> max_in_flight;    // absent: from the plan
  Retry retry;
  std::map<std::string, Price> prices;     // by model
  std::optional<double> budget_usd;
  double budget_alert_pct = 80;
  std::vector<Scrape> scrape;
  // Where each effective value came from, by its path: "scenarios[0].model" → "--model", "defaults", "built-in".
  std::map<std::string, std::string> origins;
  std::vector<std::string> notes;          // for stderr: accepted, but the user should know

  bool any_stream() const;
  double mean_turns() const;               // over conversations, weighted
};

}  // namespace ringload
