#include "cli/plan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "cli/run_options.h"
#include "cli/sizes.h"
#include "report/json_out.h"
#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

constexpr size_t kIndent = 12;
constexpr size_t kWidth = 100;

// "name        text", wrapped at blanks.
std::string row(std::string_view name, std::string_view text) {
  std::string out(name);
  out.append(name.size() < kIndent ? kIndent - name.size() : 1, ' ');
  size_t column = std::max(kIndent, name.size() + 1);
  bool first = true;
  for (size_t i = 0; i < text.size();) {
    const size_t space = std::min(text.find(' ', i), text.size());
    const std::string_view word = text.substr(i, space - i);
    size_t columns = 0;
    for (const char c : word) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (!first && column + 1 + columns > kWidth) {
      out += '\n';
      out.append(kIndent, ' ');
      column = kIndent;
      first = true;
    }
    if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns;
    first = false;
    i = space + 1;
  }
  return out + "\n";
}

std::string origin(const CheckedPlan& plan, const std::string& path) {
  const auto found = plan.origins.find(path);
  return found == plan.origins.end() ? std::string() : " (" + found->second + ")";
}

// Of a flag that somebody gave: as it was typed, or where else it is from.
std::string origin_of_flag(const std::string& flag, const Arguments& arguments) {
  if (arguments.has(flag)) return "--" + flag;
  if (flag == "target" && !arguments.positional.empty()) return "URL";
  if (flag == "vk")
    for (const char* source : {"vk-env", "vk-file"})
      if (arguments.value(source)) return origin_of_flag(source, arguments);
  return environment_name(flag);
}

// A profile knows flags only ("--rate, --duration"): which of them came from the environment, or stood as a URL, is in
// the arguments.
std::map<std::string, std::string> true_origins(const Profile& profile, const Arguments& arguments) {
  std::map<std::string, std::string> origins = profile.origins;
  for (auto& [path, from] : origins) {
    if (!from.starts_with("--")) continue;
    std::string named;
    for (size_t at = 0; at < from.size();) {
      const size_t end = std::min(from.find(", ", at), from.size());
      named += (named.empty() ? "" : ", ") + origin_of_flag(from.substr(at + 2, end - at - 2), arguments);
      at = end + 2;
    }
    from = named;
  }
  for (const char* flag : {"shards", "seed", "out", "jsonl"})
    origins[flag] = arguments.value(flag) ? origin_of_flag(flag, arguments) : "built-in";
  return origins;
}

std::string turns_text(const Turns& turns) {
  return turns.min == turns.max ? fmt::format("{} turn{}", turns.min, turns.min == 1 ? "" : "s")
                                : fmt::format("{} to {} turns", turns.min, turns.max);
}

std::string mean_text(const RandomDuration& duration) {
  return format_duration(std::llround(duration.mean_ns() / 1e6) * 1'000'000);
}

std::string about(const std::optional<double>& count, bool at_most) {
  if (!count) return "not known: a closed stage sends what the target's speed allows";
  return (at_most ? "at most " : "about ") + count_text(*count);
}

std::string scenario_rows(const CheckedPlan& plan, size_t i) {
  const Profile& profile = *plan.profile;
  const Scenario& s = profile.scenarios[i];
  const std::string at = fmt::format("scenarios[{}].", i);
  const auto from = [&](const char* key) { return origin(plan, at + key); };
  std::string text =
      row("scenario",
          fmt::format("{}: weight {:g}{}, {}{}, {}{}, {}{}", s.name, s.weight, from("weight"),
                      turns_text(s.turns), from("turns"), s.protocol, from("protocol"),
                      s.stream ? "streamed" : "not streamed", from("stream")));
  text += row("", fmt::format("target {}{}", s.target.url(), from("target")));
  text += row(
      "", fmt::format("model {}{}, {} {}{}, about {:.0f} tokens in{}", s.model, from("model"),
                      s.max_tokens_field, s.max_tokens ? std::to_string(*s.max_tokens) : "not sent",
                      from("max_tokens"), plan.workload->scenarios()[i].mean_input_tokens,
                      from("content")));
  if (!s.system.empty()) text += row("", fmt::format("system prompt of {} bytes{}", s.system.size(), from("system")));
  if (!s.think_time.is_zero() || !s.pause.is_zero())
    text += row("", fmt::format("think time {} on average{}, pause {}{}", mean_text(s.think_time), from("think_time"),
                                mean_text(s.pause), from("pause")));
  for (const Header& header : s.headers) {
    std::string key = "headers." + header.name;
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
    text += row("", fmt::format("header {}: {}{}", header.name, header.shown, from(key.c_str())));
  }
  return text;
}

// Of all shards' time at the highest open rate.
std::optional<double> cpu_share(const CheckedPlan& plan, std::optional<double> us) {
  if (!plan.traffic.requests_per_s || !us) return std::nullopt;
  return *plan.traffic.requests_per_s * *us / 1e6 / plan.capacity.shards;
}

std::string ports_text(const CheckedPlan& plan) {
  const engine::Capacity& c = plan.capacity;
  std::string text = fmt::format("{} at the peak towards one target, of {} on {} source address{}", c.local_ports,
                                 uint64_t{plan.limits.ports()} * c.source_addresses, c.source_addresses,
                                 c.source_addresses == 1 ? "" : "es");
  if (c.closes_per_s == 0) return text + "; connections are kept, so TIME_WAIT holds few";
  return text + fmt::format("; without keep-alive TIME_WAIT holds up to {} sockets after a minute, {} of them blocking "
                            "their port", c.time_wait_sockets, c.time_wait_ports);
}

std::string in_flight_text(const CheckedPlan& plan) {
  const engine::Capacity& c = plan.capacity;
  if (!plan.traffic.requests_per_s) return fmt::format("{} requests, one for each VU", c.in_flight);
  const double seconds = static_cast<double>(c.in_flight) / std::max(*plan.traffic.requests_per_s, 1e-9);
  return fmt::format("{} requests at most (set by {}): enough for a mean latency of {:.3g} s at the highest rate",
                     c.in_flight, c.in_flight_limit == "timeout" ? "rate × timeout" : c.in_flight_limit, seconds);
}

std::string bandwidth_text(const Traffic& traffic) {
  const double times = traffic.requests_per_s.value_or(1);
  const char* unit = traffic.requests_per_s ? "/s" : " a request";
  const auto bytes = [&](double each) { return bytes_text(static_cast<uint64_t>(each * times)) + unit; };
  return fmt::format("about {} out; {} in", bytes(traffic.sent_bytes),
                     traffic.received_bytes ? "at most about " + bytes(*traffic.received_bytes)
                                            : "not known: a scenario has no max_tokens");
}

std::string cpu_text(const CheckedPlan& plan) {
  const Traffic& traffic = plan.traffic;
  if (!traffic.cpu_us) return "not known: a scenario has no max_tokens";
  const auto text = [&](double us) {
    const auto share = cpu_share(plan, us);
    return fmt::format("about {:.0f} µs of a shard for each request, ", us) +
           (share ? fmt::format("{:.0f} % of the shards' time at the highest rate", 100 * *share)
                  : fmt::format("so {:.0f} requests/s for each shard at most", 1e6 / us));
  };
  if (*traffic.cpu_us < 1.05 * *traffic.cpu_us_least) return text(*traffic.cpu_us);
  return text(*traffic.cpu_us_least) + " when a stream's tokens come at once; " + text(*traffic.cpu_us) +
         " when each comes alone";
}

// What the run would take of this host; nothing when that could not be planned.
std::string capacity_rows(const CheckedPlan& plan) {
  const engine::Capacity& c = plan.capacity;
  if (c.process_files == 0) return {};
  std::string text = row("shards", fmt::format("{}{} on {} allowed CPUs; {} VUs at the peak, {} requests in flight per "
                                               "shard at most", c.shards, origin(plan, "shards"), plan.limits.cpus,
                                               c.users, c.exchanges));
  text += row("connections", fmt::format("{} slots per shard", c.connections));
  text += row("files", fmt::format("{} descriptors of the process and {} direct ones per shard, of {} (soft {}, hard {})",
                                   c.process_files, c.connections, plan.limits.open_files_hard,
                                   plan.limits.open_files_soft, plan.limits.open_files_hard));
  text += row("ports", ports_text(plan));
  text += row("in flight", in_flight_text(plan));
  text += row("bandwidth", bandwidth_text(plan.traffic));
  text += row("CPU", cpu_text(plan));
  return text + row("memory", fmt::format("{} with every slot in use, {} reserved; receive buffers {} × {} per shard",
                                          bytes_text(c.memory_expected), bytes_text(c.memory_reserved),
                                          c.receive_buffers, bytes_text(c.receive_buffer_size)));
}

}  // namespace

CheckedPlan check_plan(const Arguments& arguments, const Profile& profile) {
  CheckedPlan plan;
  plan.profile = &profile;
  plan.origins = true_origins(profile, arguments);
  const SessionOptions options = session_options(arguments);
  plan.workload = workload_of(profile, options);
  plan.limits = engine::HostLimits::read();
  for (const std::string& feature : unsupported(profile)) plan.refusals.push_back(feature);
  try {
    if (profile.budget_usd) require_prices(profile);
  } catch (const UsageError& error) {
    plan.refusals.push_back(error.what());
  }
  auto capacity = engine::plan_capacity(*plan.workload, plan.limits, options.shards,
                                        static_cast<unsigned>(options.source_ips.size()));
  if (capacity) {
    plan.capacity = std::move(*capacity);
    plan.warnings = plan.capacity.warnings;
  } else {
    plan.refusals.push_back(capacity.error());
  }
  plan.prediction = predict(*plan.workload);
  plan.traffic = predict_traffic(*plan.workload);
  if (const double share = cpu_share(plan, plan.traffic.cpu_us_least).value_or(0); share > 0.8)
    plan.warnings.push_back(fmt::format("the highest rate may need {:.0f} % of the shards' CPU: add shards on free CPUs, "
                                        "or hosts; ringload doctor --calibrate measures what this host can do",
                                        100 * share));
  plan.jsonl_sample = jsonl_choice(arguments).on ? options.jsonl_sample : 0;
  plan.out = arguments.value("out").value_or("runs");
  if (plan.out != "none") {
    plan.free_bytes = free_bytes_at(plan.out);
    const std::string complaint = disk_complaint(plan.prediction, plan.jsonl_sample, plan.out);
    if (!complaint.empty()) (plan.prediction.at_most ? plan.warnings : plan.refusals).push_back(complaint);
  }
  if (const std::string note = proxy_note(); !note.empty()) plan.warnings.push_back(note);
  return plan;
}

std::string plan_text(const CheckedPlan& plan) {
  const Profile& profile = *plan.profile;
  const Prediction& p = plan.prediction;
  std::string text = row("profile", profile.name + (profile.file.empty() ? "" : " (" + profile.file + ")"));
  for (size_t i = 0; i < profile.scenarios.size(); ++i) text += scenario_rows(plan, i);
  for (size_t i = 0; i < profile.stages.size(); ++i) {
    const Stage& stage = profile.stages[i];
    text += row(
        fmt::format("stage {}", i + 1),
        fmt::format("{} for {}{}, the first {} warm-up{}{}", stage.label(),
                    stage.max_requests > 0 ? "at most " : "", format_duration(stage.duration_ns),
                    format_duration(stage.warmup_ns), origin(plan, "warmup"),
                    stage.max_requests > 0
                        ? fmt::format(", or {} requests",
                                      count_text(static_cast<double>(stage.max_requests)))
                        : ""));
  }
  text += row("stages", fmt::format("from {}; seed {}{}", plan.origins.at("stages"), plan.workload->seed(),
                                    origin(plan, "seed")) +
                            fmt::format("; timeout {}{}, connect timeout {}{}", format_duration(profile.timeout_ns),
                                        origin(plan, "timeout"), format_duration(profile.connect_timeout_ns),
                                        origin(plan, "connect_timeout")));
  constexpr const char* kCacheModes[] = {"bust", "shared-prefix", "natural"};
  text += row("prompts", fmt::format("cache mode {}{}", kCacheModes[static_cast<int>(profile.cache_mode)],
                                     origin(plan, "cache_mode")));
  for (const Threshold& threshold : profile.thresholds)
    text += row("threshold", threshold.expr + (threshold.off ? " (off)" : ""));

  text += row("requests", about(p.requests, p.at_most));
  text += row("tokens", fmt::format("in: {}; out: {}", about(p.input_tokens, p.at_most),
                                    p.output_tokens || !p.requests ? about(p.output_tokens, true)
                                                                   : "not known: a scenario has no max_tokens"));
  text +=
      row("cost", p.cost_usd ? fmt::format("at most ${:.2f}", *p.cost_usd)
                  : profile.prices.empty()
                      ? "not known: the profile has no prices"
                      : "not known: it needs the requests, a max_tokens and a price of each model");
  if (profile.budget_usd)
    text += row("budget", fmt::format("${:g}{}", *profile.budget_usd, origin(plan, "budget_usd")));

  text += capacity_rows(plan);
  const auto jsonl = predicted_jsonl_bytes(p, plan.jsonl_sample);
  const std::string where = plan.out + origin(plan, "out");
  text +=
      row("disk", plan.out == "none" ? "nothing is written" + origin(plan, "out")
                  : plan.jsonl_sample == 0
                      ? "reports only, " + bytes_text(plan.free_bytes) + " free in " + where
                      : fmt::format("JSONL{} {} (about {:.0f} bytes a line), {} free in {}", origin(plan, "jsonl"),
                                    jsonl ? (p.at_most ? "at most " : "about ") + bytes_text(*jsonl)
                                          : "of unknown size",
                                    p.jsonl_line_bytes, bytes_text(plan.free_bytes), where));
  for (const std::string& note : profile.notes) text += row("note", note);
  for (const std::string& warning : plan.warnings) text += row("warning", warning);
  return text + row("verdict", plan.refusals.empty() ? "the plan can start" : "a run would be refused");
}

std::string plan_json(const CheckedPlan& plan) {
  const Profile& profile = *plan.profile;
  const engine::Capacity& c = plan.capacity;
  std::string text;
  report::JsonOut out(text, 2);
  const auto whole = [&](const char* key, uint64_t value) { out.key(key).number(value); };
  const auto texts = [&](const char* key, const std::vector<std::string>& list) {
    out.key(key).begin_array();
    for (const std::string& each : list) out.string(each);
    out.end_array();
  };
  out.begin_object();
  out.key("profile").string(profile.name);
  out.key("effective").raw(print_profile(profile));
  out.key("origins").begin_object();
  for (const auto& [path, from] : plan.origins) out.key(path).string(from);
  out.end_object();
  out.key("predicted").begin_object();
  out.key("requests").real(plan.prediction.requests);
  out.key("at_most").boolean(plan.prediction.at_most);
  out.key("input_tokens").real(plan.prediction.input_tokens);
  out.key("output_tokens").real(plan.prediction.output_tokens);
  out.key("cost_usd").real(plan.prediction.cost_usd);
  const auto jsonl = plan.out == "none" ? std::optional<uint64_t>(0)
                                        : predicted_jsonl_bytes(plan.prediction, plan.jsonl_sample);
  if (jsonl) whole("jsonl_bytes", *jsonl);
  else out.key("jsonl_bytes").null();
  out.end_object();
  out.key("traffic").begin_object();
  out.key("requests_per_s").real(plan.traffic.requests_per_s);
  out.key("sent_bytes_per_request").real(plan.traffic.sent_bytes);
  out.key("received_bytes_per_request").real(plan.traffic.received_bytes);
  out.key("cpu_us_per_request").real(plan.traffic.cpu_us);
  out.key("cpu_us_per_request_least").real(plan.traffic.cpu_us_least);
  out.key("cpu_share").real(cpu_share(plan, plan.traffic.cpu_us));
  out.key("cpu_share_least").real(cpu_share(plan, plan.traffic.cpu_us_least));
  out.end_object();
  out.key("plan").begin_object();
  whole("shards", c.shards);
  whole("cpus", plan.limits.cpus);
  whole("users", c.users);
  whole("exchanges_per_shard", c.exchanges);
  whole("connections_per_shard", c.connections);
  whole("process_files", c.process_files);
  whole("open_files_soft", plan.limits.open_files_soft);
  whole("open_files_hard", plan.limits.open_files_hard);
  whole("local_ports", c.local_ports);
  whole("ports_available", plan.limits.ports());
  whole("source_addresses", c.source_addresses);
  whole("time_wait_sockets", c.time_wait_sockets);
  whole("time_wait_ports", c.time_wait_ports);
  whole("in_flight", c.in_flight);
  out.key("in_flight_limit").string(c.in_flight_limit);
  whole("memory_expected_bytes", c.memory_expected);
  whole("memory_reserved_bytes", c.memory_reserved);
  whole("disk_free_bytes", plan.free_bytes);
  out.end_object();
  texts("notes", profile.notes);
  texts("warnings", plan.warnings);
  texts("refusals", plan.refusals);
  out.key("can_start").boolean(plan.refusals.empty());
  out.end_object();
  return text + "\n";
}

}  // namespace ringload::cli
