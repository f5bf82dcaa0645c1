// Making a Profile: from a JSON file, from flags, from both. All errors of a source are reported at once.
#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringload/profile.h"

namespace ringload {

// What is wrong, and where. text() is "perf.json:12:17: $.scenarios[1].weight: found "x" (string), allowed: number > 0".
struct ProfileError {
  std::string file;          // or the flag: "--stages"
  uint32_t line = 0;         // from 1; 0: the source has no lines (a flag)
  uint32_t column = 0;       // in bytes, from 1
  std::string path;          // JSON path; empty for a flag or a syntax error
  std::string message;
  std::string text() const;
};

// Where `${env:NAME}` and `${file:PATH}` are read from.
struct Environment {
  std::function<std::optional<std::string>(std::string_view name)> get;
  std::function<std::expected<std::string, std::string>(const std::string& path)> read_file;
  static Environment process();  // getenv and the file system
};

// Flags (or their RINGLOAD_ variables), as text where they have a grammar. Precedence: a scenario's own value, then
// these, then `defaults`, then built-ins; those marked (*) win over all.
struct Overrides {
  std::optional<std::string> target;                  // (*) by the rules of --target
  std::optional<std::string> model, protocol;
  std::optional<std::string> prompt;                  // a pool of this one prompt; the text, not @FILE
  std::optional<std::string> extra_body;              // a JSON object
  std::optional<std::string> auth;                    // bearer | x-api-key | api-key | none
  std::optional<std::string> vk;                      // (*) fills the header that auth names on every scenario
  std::string vk_source;                              // where vk is from: "${env:NAME}", "${file:PATH}"; or empty
  std::vector<std::string> headers;                   // (*) "K: V", after vk
  std::optional<bool> stream;
  std::optional<int64_t> input_tokens, max_tokens;
  std::optional<std::string> stages;                  // (*) "100:60s,@20000:60s"; an error beside the next four
  std::optional<std::string> rate;                    // (*) "20k", "10000/m"
  std::optional<int64_t> concurrency, requests;       // (*)
  std::optional<int64_t> duration_ns;                 // (*)
  std::optional<std::string> arrival;                 // (*) of every open stage
  std::optional<double> burstiness;                   // (*) of every gamma stage
  std::optional<int64_t> warmup_ns, timeout_ns, max_in_flight;  // (*)
  std::vector<std::string> thresholds;                // added to the profile's
  std::optional<double> budget_usd;                   // (*)
  std::optional<bool> insecure;                       // (*)
};

using ProfileResult = std::expected<Profile, std::vector<ProfileError>>;

ProfileResult parse_profile(std::string_view text, std::string_view file_name, const Environment& environment,
                            const Overrides& overrides = {});
// A path (it holds a '/' or ends in ".json", or exists) or the name of a profile shipped in one of `shipped_dirs`.
ProfileResult load_profile_file(const std::string& path_or_name, const std::vector<std::string>& shipped_dirs,
                                const Environment& environment, const Overrides& overrides = {});
// Without a file: sized prompts of 128 tokens, max_tokens 128, streamed, at `overrides.target`.
ProfileResult profile_from_flags(const Environment& environment, const Overrides& overrides);

// What only the finished profile shows: REPLACE_WITH_VK left in it, no target. Before anything is sent.
std::vector<ProfileError> validate_effective(const Profile& profile);
// Features that the profile asks for and a run cannot honour yet, each as "retry: not available yet". A run exits 2.
std::vector<std::string> unsupported(const Profile& profile);

// The effective profile as canonical JSON, itself a profile of the same effect. Only keys that stood in a file or flag
// themselves are left out of it: a placeholder stands there that no run accepts.
std::string print_profile(const Profile& profile);
// JSON Schema of profiles, and their reference in Markdown (docs/profiles.md): both from the validator's own table.
std::string profile_schema();
std::string profile_reference();

// ---- the small grammars, for flags ----

// Go's: "1h30m", "1.5s", "250ms", "0". Errors say what is allowed.
std::expected<int64_t, std::string> parse_duration(std::string_view text);
std::string format_duration(int64_t ns);
// Requests per second: "20000", "20k", "10000/m", "2.5/s".
std::expected<double, std::string> parse_rate(std::string_view text);
// "100:60s,@20000:60s,1-100:30s,@1000-20000:60s".
std::expected<std::vector<Stage>, std::string> parse_stages(std::string_view text);
std::expected<Threshold, std::string> parse_threshold(std::string_view text);
// An absolute http or https URL. The path of a base is its prefix alone ("" for "http://h/v1"): with_protocol_path
// completes it.
std::expected<Target, std::string> parse_target(std::string_view url);
Target with_protocol_path(Target target, std::string_view protocol_path);

}  // namespace ringload
