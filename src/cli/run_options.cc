#include "cli/run_options.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cli/rank.h"
#include "cli/shipped_profiles.h"
#include "net/resolver.h"
#include "load/json_value.h"
#include "ringload/version.h"

namespace ringload::cli {
namespace {

std::string read_file(std::string_view flag, const std::string& path) {
  constexpr size_t kMost = 64 << 20;
  std::error_code error;
  std::ifstream file;
  if (!std::filesystem::is_directory(path, error)) file.open(path, std::ios::binary);
  if (!file.is_open()) throw UsageError("--" + std::string(flag) + ": cannot read " + load::shown(path));
  // Piece by piece: a pipe or a device has no size, and may have no end.
  std::string text(4096, '\0');
  size_t size = 0;
  while (file.read(text.data() + size, static_cast<std::streamsize>(text.size() - size)) || file.gcount() > 0) {
    size += static_cast<size_t>(file.gcount());
    if (size > kMost) throw UsageError("--" + std::string(flag) + ": " + load::shown(path) + " is larger than 64 MiB");
    text.resize(size + std::max<size_t>(size, 4096));
  }
  text.resize(size);
  return text;
}

// Sets vk and where it is from.
void read_key(const Arguments& arguments, Overrides& overrides) {
  int sources = 0;
  std::optional<std::string>& key = overrides.vk;
  key = arguments.value("vk");
  sources += key.has_value();
  if (const auto name = arguments.value("vk-env")) {
    ++sources;
    const char* value = std::getenv(name->c_str());
    if (value == nullptr || *value == 0)
      throw UsageError("--vk-env: the environment variable " + load::shown(*name) + " is not set");
    key = value;
    overrides.vk_source = "${env:" + *name + "}";
  }
  if (const auto path = arguments.value("vk-file")) {
    ++sources;
    std::string text = read_file("vk-file", *path);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    if (text.empty()) throw UsageError("--vk-file: " + load::shown(*path) + " is empty");
    key = text;
    overrides.vk_source = "${file:" + std::filesystem::absolute(*path).string() + "}";
  }
  if (sources > 1) throw UsageError("--vk, --vk-env and --vk-file: give one of them");
}

template <class T>
std::optional<T> optional_number(const Arguments& arguments, std::string_view flag, int64_t lowest, int64_t highest) {
  if (!arguments.value(flag)) return std::nullopt;
  return static_cast<T>(whole_number(arguments, flag, 0, lowest, highest));
}

std::optional<int64_t> optional_duration(const Arguments& arguments, std::string_view flag) {
  if (!arguments.value(flag)) return std::nullopt;
  return duration(arguments, flag, 0);
}

}  // namespace

Overrides overrides_from(const Arguments& arguments) {
  Overrides overrides;
  overrides.target = arguments.value("target");
  if (!arguments.positional.empty()) {
    if (arguments.positional.size() > 1)
      throw UsageError("found " + load::shown(arguments.positional[1]) + " behind the URL, allowed: one URL");
    if (overrides.target) throw UsageError("a URL and --target: give one of them");
    overrides.target = arguments.positional[0];
  }
  overrides.model = arguments.value("model");
  overrides.protocol = arguments.value("protocol");
  if (auto prompt = arguments.value("prompt"))
    overrides.prompt = prompt->starts_with('@') ? read_file("prompt", prompt->substr(1)) : *prompt;
  overrides.extra_body = arguments.value("extra-body");
  overrides.auth = arguments.value("auth");
  read_key(arguments, overrides);
  overrides.headers = arguments.all("header");
  if (const auto stream = arguments.value("stream")) overrides.stream = on_or_off("stream", *stream);
  overrides.input_tokens = optional_number<int64_t>(arguments, "input-tokens", 1, 10'000'000);
  overrides.max_tokens = optional_number<int64_t>(arguments, "max-tokens", 1, 10'000'000);
  overrides.stages = arguments.value("stages");
  overrides.rate = arguments.value("rate");
  overrides.concurrency = optional_number<int64_t>(arguments, "concurrency", 1, 10'000'000);
  overrides.requests = optional_number<int64_t>(arguments, "requests", 1, 1'000'000'000'000);
  overrides.duration_ns = optional_duration(arguments, "duration");
  overrides.warmup_ns = optional_duration(arguments, "warmup");
  if (arguments.flag("insecure")) overrides.insecure = true;
  overrides.timeout_ns = optional_duration(arguments, "timeout");
  // A search's blocks are its own: no stage of the profile has them.
  if (arguments.command != kKnee) overrides.arrival = arguments.value("arrival");
  if (arguments.value("burstiness")) overrides.burstiness = decimal(arguments, "burstiness", 1, 1e-6, 10'000);
  overrides.max_in_flight = optional_number<int64_t>(arguments, "max-in-flight", 1, 10'000'000);
  if (arguments.value("budget-usd")) overrides.budget_usd = decimal(arguments, "budget-usd", 0, 0, 1e9);
  overrides.thresholds = arguments.all("threshold");
  return overrides;
}

Profile effective_profile(const Arguments& arguments) {
  const Overrides overrides = overrides_from(arguments);
  const Environment environment = Environment::process();
  const auto config = arguments.value("config");
  if (!config && !overrides.target)
    throw UsageError("nothing to run: give a URL (ringload http://127.0.0.1:8080) or --config FILE|NAME");
  ProfileResult result = config ? load_profile_file(*config, shipped_profile_dirs(), environment, overrides)
                                : profile_from_flags(environment, overrides);
  std::vector<ProfileError> errors;
  if (result) {
    errors = validate_effective(*result);
  } else {
    errors = result.error();
  }
  if (!errors.empty()) {
    std::string text;
    for (const ProfileError& error : errors) text += (text.empty() ? "" : "\n") + error.text();
    throw UsageError(text);
  }
  return *result;
}

void refuse_unsupported(const Profile& profile) {
  const auto missing = unsupported(profile);
  if (missing.empty()) return;
  std::string text = "the profile asks for what this version cannot do yet:";
  for (const std::string& feature : missing) text += "\n  " + feature;
  throw UsageError(text);
}

void require_prices(const Profile& profile) {
  for (const Scenario& scenario : profile.scenarios)
    if (!profile.prices.contains(scenario.model))
      throw UsageError("a budget (--budget-usd, budget_usd) needs the price of every model: \"prices\" has none of \"" +
                       scenario.model + "\"");
}

std::shared_ptr<const load::Workload> workload_of(const Profile& profile, const SessionOptions& options) {
  load::WorkloadOptions workload_options;
  workload_options.seed = options.seed;
  workload_options.uuid_salt = options.uuid_salt.value_or(0);
  workload_options.rank = options.rank;
  workload_options.version = RINGLOAD_VERSION;
  auto workload = load::Workload::make(profile, workload_options);
  if (!workload) throw UsageError(workload.error());
  return *workload;
}

std::string proxy_note() {
  for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    if (const char* value = std::getenv(name); value != nullptr && *value != 0)
      return std::string(name) + " is set, but proxies are not used: requests go straight to the target";
  return {};
}

std::vector<int> parse_cpu_list(const std::string& text) {
  std::vector<int> cpus;
  const auto number = [&](std::string_view word) {
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || value < 0 || value > 4095)
      bad_value("cpu-list", text, "CPU numbers and ranges like 0-3,8");
    return value;
  };
  for (size_t i = 0; i <= text.size();) {
    const size_t comma = std::min(text.find(',', i), text.size());
    const std::string_view word = std::string_view(text).substr(i, comma - i);
    const size_t dash = word.find('-');
    const int first = number(word.substr(0, dash));
    const int last = dash == std::string_view::npos ? first : number(word.substr(dash + 1));
    if (last < first) bad_value("cpu-list", text, "ranges from the lower to the higher CPU");
    for (int cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    i = comma + 1;
  }
  return cpus;
}

std::vector<std::string> parse_source_ips(const std::string& text) {
  constexpr const char* kAllowed = "numeric addresses separated by commas, or IPv4 networks from /22 to /32";
  std::vector<std::string> ips;
  for (size_t i = 0; i <= text.size();) {
    const size_t comma = std::min(text.find(',', i), text.size());
    const std::string_view part = std::string_view(text).substr(i, comma - i);
    i = comma + 1;
    const size_t slash = part.find('/');
    const std::string address(part.substr(0, slash));
    in_addr base{};
    in6_addr six{};
    if (slash == std::string_view::npos) {
      if (::inet_pton(AF_INET, address.c_str(), &base) != 1 && ::inet_pton(AF_INET6, address.c_str(), &six) != 1)
        bad_value("source-ip", text, kAllowed);
      ips.push_back(address);
      continue;
    }
    unsigned bits = 0;
    const char* end = part.data() + part.size();
    const auto [stop, error] = std::from_chars(part.data() + slash + 1, end, bits);
    if (::inet_pton(AF_INET, address.c_str(), &base) != 1 || error != std::errc{} || stop != end ||
        bits < 22 || bits > 32)
      bad_value("source-ip", text, kAllowed);
    const uint32_t size = uint32_t{1} << (32 - bits);
    const uint32_t first = ntohl(base.s_addr) & ~(size - 1);
    // The network's own address and the broadcast belong to no host.
    const uint32_t spare = bits <= 30 ? 1 : 0;
    for (uint32_t n = spare; n < size - spare; ++n) {
      const in_addr each{htonl(first + n)};
      char digits[INET_ADDRSTRLEN];
      ips.emplace_back(::inet_ntop(AF_INET, &each, digits, sizeof digits));
    }
  }
  return ips;
}

JsonlChoice jsonl_choice(const Arguments& arguments) {
  JsonlChoice choice;
  const auto text = arguments.value("jsonl");
  if (!text || *text == "on") return choice;
  if (*text == "off") return {false, 1};
  if (text->starts_with("sample:")) {
    double share = 0;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data() + 7, end, share);
    if (error == std::errc{} && stop == end && share > 0 && share <= 1) return {true, share};
  }
  bad_value("jsonl", *text, "on, off, or sample:R with R above 0 and at most 1");
}

SessionOptions session_options(const Arguments& arguments) {
  SessionOptions options;
  options.shards = static_cast<unsigned>(whole_number(arguments, "shards", 0, 1, 1024));
  if (const auto cpus = arguments.value("cpu-list")) options.cpus = parse_cpu_list(*cpus);
  options.seed = static_cast<uint64_t>(whole_number(arguments, "seed", 1, 0, INT64_MAX));
  if (const auto sources = arguments.value("source-ip")) {
    options.source_ips = parse_source_ips(*sources);
  }
  for (const std::string& text : arguments.all("resolve")) {
    if (const auto fixed = net::parse_fixed_name(text); !fixed)
      throw UsageError("--resolve: found " + load::shown(text) + ": " + fixed.error());
    options.resolve.push_back(text);
  }
  // Also where no target is https: a name that leads nowhere is a mistake.
  for (const char* flag : {"cacert", "cert", "key"})
    if (const auto path = arguments.value(flag); path && ::access(path->c_str(), R_OK) != 0)
      bad_value(flag, *path, std::string("a PEM file that can be read (") + std::strerror(errno) + ")");
  options.tls = {arguments.value("cacert").value_or(""), arguments.value("cert").value_or(""),
                 arguments.value("key").value_or("")};
  if (!options.tls.key.empty() && options.tls.certificate.empty()) throw UsageError("--key: needs --cert");
  options.rank = rank_of(arguments).index;
  options.jsonl_sample = jsonl_choice(arguments).sample;
  return options;
}

}  // namespace ringload::cli
