// The report that is kept beside the summary: the terminal's, then everything stage by stage and scenario by scenario.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/number.h"
#include "report/phrases.h"
#include "report/table.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

constexpr size_t kIndent = 15;

std::string field(const Style& style, std::string_view name, std::string_view text) {
  return "  " + left(name, kIndent - 2) + wrapped_text(text, kIndent, kIndent, style.width) + "\n";
}

std::string fields(const Style& style, std::string_view name, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  return "  " + left(name, kIndent - 2) + wrapped(items, signs(style).dot, kIndent, kIndent, style.width) + "\n";
}

std::string heading(const Style& style, const std::string& text) {
  return "\n" + paint(style, Color::bold, shortened(style, text, style.width)) + "\n";
}

std::string duration_table(const Style& style, const Stat& stat, double timeout_s) {
  Table table(style, {{"ms", 14, true}, {"mean", 5}, {"p50", 5}, {"p90", 5}, {"p95", 5}, {"p99", 5},
                      {"p99.9", 5}, {"max", 5}, {"n", 7}, {"censored", 8}});
  for (const NamedSamples& figure : duration_figures()) {
    const Samples& samples = stat.*figure.samples;
    if (sample_count(samples) == 0 && figure.streams_only && !stat.has_stream) continue;
    const Figures figures = figures_of(samples);
    std::vector<Cell> cells{std::string(figure.name)};
    cells.push_back(figures.mean ? ms_text(*figures.mean) : std::string(signs(style).none));
    for (const double percentile : {50.0, 90.0, 95.0, 99.0, 99.9}) {
      Cell cell(percentile_text(style, samples, percentile, timeout_s));
      if (sample_count(samples) != 0 && few_beyond(samples, percentile)) cell.mark = signs(style).about;
      if (percentile == 99) cell.half = interval_text(style, samples, percentile);
      cells.push_back(std::move(cell));
    }
    cells.push_back(percentile_text(style, samples, 100, timeout_s));
    cells.push_back(count_text(figures.n));
    cells.push_back(count_text(figures.n_censored));
    table.row(std::move(cells));
  }
  return table.render();
}

std::string per_second(const Style& style, std::optional<double> rate, std::string_view what) {
  return fmt::format("{} {}", optional_rate(style, rate), what);
}

std::string stat_block(const Style& style, const Stat& stat, double timeout_s) {
  std::string out = heading(style, printable(style, stat.label));
  std::vector<std::string> counts{count_text(stat.requests) + " intended", count_text(stat.ok) + " ok",
                                  count_text(stat.failed) + " failed"};
  if (stat.cancelled != 0) counts.push_back(count_text(stat.cancelled) + " cancelled");
  if (stat.shed != 0) counts.push_back(count_text(stat.shed) + " shed");
  if (stat.in_flight_at_stop != 0) counts.push_back(count_text(stat.in_flight_at_stop) + " in flight at the stop");
  counts.push_back(optional_percent(style, ok_share(stat), 2) + " ok");
  out += fields(style, "requests", counts);

  std::vector<std::string> rates{per_second(style, throughput_rps(stat), "ended"),
                                 per_second(style, ok_rps(stat), "ok")};
  if (stat.has_slo) {
    rates.push_back(per_second(style, goodput_rps(stat), "good"));
    rates.push_back("goodput " + optional_percent(style, goodput_share(stat), 1));
  }
  if (stat.in_flight) rates.push_back(fmt::format("{} in flight", rate_text(*stat.in_flight)));
  out += fields(style, "per second", rates);
  out += duration_table(style, stat, timeout_s);

  std::vector<std::string> tokens{count_text(stat.prompt_tokens) + " in",
                                  count_text(stat.cached_tokens) + " of them cached",
                                  count_text(stat.completion_tokens) + " out"};
  if (stat.reasoning_tokens != 0) tokens.push_back(count_text(stat.reasoning_tokens) + " of them reasoning");
  if (stat.tokens_estimated != 0) tokens.push_back(count_text(stat.tokens_estimated) + " replies counted from events");
  if (stat.prompt_tokens + stat.completion_tokens == 0) tokens = {std::string(signs(style).none)};
  out += fields(style, "tokens", tokens);
  out += fields(style, "tokens/s", {per_second(style, output_tokens_per_s(stat), "out"),
                                    per_second(style, input_tokens_per_s(stat), "in"),
                                    per_second(style, total_tokens_per_s(stat), "in all")});
  if (!stat.stream_tokens.values.empty()) {
    std::vector<std::string> streams;
    for (const double percentile : {50.0, 90.0, 99.0})
      if (const auto value = percentile_of(stat.stream_tokens, percentile))
        streams.push_back(fmt::format("p{} {}", percentile, short_text(static_cast<double>(*value) / 1000)));
    streams.push_back("mean " + short_text(stat.stream_tokens.values.mean() / 1000));
    out += fields(style, "stream tok/s", streams);
  }
  std::vector<std::string> codes;
  for (const auto& [code, count] : stat.status_codes)
    codes.push_back(fmt::format("{} {} times", code, count_text(count)));
  out += fields(style, "status", codes);
  out += fields(style, "errors", error_list(style, stat, {}));
  out += fields(style, "quota", rate_limit_list(stat.rate_limits));
  std::vector<std::string> rest{bytes_text(stat.bytes_sent) + " sent", bytes_text(stat.bytes_received) + " received"};
  if (stat.coalesced_events != 0)
    rest.push_back(count_text(stat.coalesced_events) + " events came with the one before");
  if (stat.clamped != 0) rest.push_back(count_text(stat.clamped) + " values beyond 1 h");
  if (stat.reply_truncated != 0) rest.push_back(count_text(stat.reply_truncated) + " replies truncated");
  out += fields(style, "bytes", rest);
  if (stat.cost_usd) out += field(style, "cost", fmt::format("${:.4f}", *stat.cost_usd));
  return out;
}

std::string stage_block(const Style& style, const StageResult& stage, double timeout_s) {
  std::string title = fmt::format("Stage {}: {}, {}", stage.stage, stage_text(style, stage),
                                  length_text(stage));
  if (stage.warmup_s > 0) title += fmt::format(", the first {} warm-up", duration_text(stage.warmup_s));
  title += fmt::format(", figures over {}", duration_text(stage.window_s));
  if (!stage.complete) title += ", cut short";
  std::string out = heading(style, title);
  const Conservation& c = stage.conservation;
  out += field(style, "balance",
               fmt::format("{} scheduled {} {} ok + {} failed + {} cancelled + {} shed + {} in flight",
                           count_text(c.scheduled), c.balanced() ? "=" : signs(style).unequal, count_text(c.ok),
                           count_text(c.failed), count_text(c.cancelled), count_text(c.shed),
                           count_text(c.in_flight_at_stop)));
  for (const Stat& stat : stage.scenarios) out += stat_block(style, stat, timeout_s);
  if (stage.scenarios.size() != 1) out += stat_block(style, stage.total, timeout_s);
  return out;
}

std::string micros(const Style& style, const Samples& samples) {
  if (samples.values.empty()) return std::string(signs(style).none);
  std::string text;
  for (const double percentile : {50.0, 99.0, 99.9, 100.0}) {
    const auto value = percentile_of(samples, percentile);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", percentile == 100 ? "max" : fmt::format("p{}", percentile),
                        value ? count_text(static_cast<uint64_t>(*value)) : std::string(signs(style).none));
  }
  return text + fmt::format(" {}s", signs(style).micro);
}

std::string port_block(const Style& style, const PortHealth& ports) {
  constexpr size_t kMostPairs = 4;
  if (ports.pairs.empty() && ports.available != 0)
    return field(style, "ports", fmt::format("{} of {}", count_text(ports.used_peak), count_text(ports.available)));
  std::string out;
  for (size_t i = 0; i < std::min(ports.pairs.size(), kMostPairs); ++i) {
    const PortPair& pair = ports.pairs[i];
    std::string who = pair.source.empty() ? "to " : "from " + printable(style, pair.source) + " to ";
    who += printable(style, pair.target);
    std::string wait = count_text(pair.time_wait_predicted) + " in TIME_WAIT predicted";
    if (pair.time_wait_blocking != 0) wait += fmt::format(", {} of them blocking", count_text(pair.time_wait_blocking));
    out += fields(style, i == 0 ? "ports" : "",
                  {fmt::format("{} of {} {}", count_text(pair.used_peak), count_text(ports.available), who), wait});
  }
  if (ports.pairs.size() > kMostPairs)
    out += field(style, "", fmt::format("and {} more pairs of addresses, no fuller", ports.pairs.size() - kMostPairs));
  return out;
}

std::string health_block(const Style& style, const GeneratorHealth& h) {
  std::string out = heading(style, "Generator health");
  out += field(style, "verdict", verdict_text(h));
  for (const HealthReason& reason : h.reasons)
    out += field(style, "", printable(style, reason_text(reason)));
  out += field(style, "send lag", micros(style, h.lag));
  out += field(style, "receive lag", micros(style, h.receive_lag));
  out += field(style, "loop lag", micros(style, h.loop_lag));
  for (const ShardHealth& s : h.shards)
    out += fields(style, fmt::format("shard {}", s.shard),
                  {s.cpu < 0 ? "not pinned" : fmt::format("CPU {}", s.cpu), percent_text(s.busy, 1) + " % busy",
                   count_text(s.completions) + " completions", count_text(s.enters) + " enters",
                   count_text(s.overflow) + " overflows", count_text(s.buffers_exhausted) + " without a buffer"});
  out += fields(style, "descriptors", {fmt::format("{} of {}", count_text(h.fd.used_peak), count_text(h.fd.limit)),
                                       fmt::format("{} of {} direct", count_text(h.fd.direct_used_peak),
                                                   count_text(h.fd.direct_limit))});
  out += port_block(style, h.ports);
  out += fields(style, "buffers", {fmt::format("{} of {}", count_text(h.buffers_used_peak), count_text(h.buffers)),
                                   count_text(h.buffers_exhausted) + " times exhausted"});
  out += fields(style, "JSONL", {count_text(h.jsonl_written) + " written", count_text(h.jsonl_dropped) + " dropped"});
  std::vector<std::string> schedule;
  if (h.offered_share) schedule.push_back(percent_text(*h.offered_share, 2) + " % of the schedule offered");
  if (h.wrong_bin_share) schedule.push_back(percent_text(*h.wrong_bin_share, 2) + " % sent in another 10 ms");
  if (h.schedule_dispersion) schedule.push_back("dispersion " + short_text(*h.schedule_dispersion));
  out += fields(style, "schedule", schedule);
  std::vector<std::string> host;
  if (h.steal) host.push_back(percent_text(*h.steal, 1) + " % steal");
  if (h.other_load) host.push_back(percent_text(*h.other_load, 1) + " % load of others");
  if (h.throttled) host.push_back(percent_text(*h.throttled, 1) + " % of periods stopped by a CPU quota");
  if (h.ctx_switches_voluntary) host.push_back(count_text(*h.ctx_switches_voluntary) + " voluntary switches");
  if (h.ctx_switches_involuntary) host.push_back(count_text(*h.ctx_switches_involuntary) + " involuntary switches");
  if (h.retransmits) host.push_back(count_text(*h.retransmits) + " retransmits");
  if (h.listen_overflows) host.push_back(count_text(*h.listen_overflows) + " listen overflows");
  if (h.memory_peak_bytes) host.push_back(bytes_text(*h.memory_peak_bytes) + " memory");
  if (h.target_cpu) host.push_back("target " + short_text(*h.target_cpu) + " CPUs");
  out += fields(style, "host", host);
  return out;
}

std::string connection_block(const Style& style, const ConnectionFigures& c) {
  const auto times = [&](std::string_view name, const Samples& samples) -> std::string {
    if (samples.values.empty()) return "";
    return field(style, name, micros(style, samples));
  };
  std::string out;
  if (c.opened) out += field(style, "opened", count_text(*c.opened));
  out += times("DNS", c.dns) + times("TCP connect", c.connect);
  if (c.tls_handshakes.value_or(0) != 0)
    out += fields(style, "TLS", {count_text(*c.tls_handshakes) + (*c.tls_handshakes == 1 ? " handshake" : " handshakes"),
                                 count_text(c.tls_resumed.value_or(0)) + " of them resumed"});
  out += times("handshake", c.tls);
  return out.empty() ? out : heading(style, "Connections") + out;
}

std::string threshold_block(const Style& style, const RunResult& result) {
  if (result.thresholds.empty() && result.thresholds_off.empty()) return "";
  std::string out = heading(style, "Thresholds");
  for (const ThresholdResult& t : result.thresholds) {
    std::string text = t.expr + ": " + threshold_text(style, t);
    if (t.value && !t.note.empty()) text += " (" + t.note + ")";
    out += field(style, t.pass ? "PASS" : "FAIL", printable(style, text));
  }
  for (const std::string& off : result.thresholds_off) out += field(style, "off", printable(style, off));
  return out;
}

std::string about_block(const Style& style, const RunResult& result) {
  std::string out = heading(style, "About this run");
  out += field(style, "ringload", result.version);
  out += fields(style, "profile", {printable(style, result.profile_name), "sha256 " + result.profile_sha256,
                                   fmt::format("seed {}", result.seed), "salt " + result.uuid_salt});
  const std::string end = result.ended_unix_ms == 0 ? "still running" : rfc3339(result.ended_unix_ms);
  out += field(style, "time", fmt::format("{} {} {}", rfc3339(result.started_unix_ms), signs(style).arrow, end));
  out += fields(style, "host", {printable(style, result.host.name), printable(style, result.host.kernel),
                                printable(style, result.host.cpu_model), fmt::format("{} CPUs", result.host.cpus),
                                fmt::format("{} shards", result.host.shards), bytes_text(result.host.memory_bytes)});
  for (const auto& [name, value] : result.labels) out += field(style, "label", printable(style, name + "=" + value));
  return out;
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string detailed_report(const RunResult& result, const TextOptions& options) {
  using namespace report;
  const Style& style = options.style;
  std::string out = terminal_report(result, options);
  for (const StageResult& stage : result.stages) out += stage_block(style, stage, result.timeout_s);
  if (result.stages.size() > 1) out += stat_block(style, result.aggregate, result.timeout_s);
  if (!result.segments.empty()) {
    out += heading(style, "By prompt size");
    for (const SizeSegment& segment : result.segments) {
      Stat stat = segment.stat;
      stat.label = fmt::format("{}, {}{}{} prompt tokens", segment.scenario, count_text(segment.tokens_from),
                               signs(style).range, count_text(segment.tokens_to));
      out += stat_block(style, stat, result.timeout_s);
    }
  }
  out += health_block(style, result.health);
  out += connection_block(style, result.connections);
  out += threshold_block(style, result);
  if (result.cost.total_usd) {
    out += heading(style, "Cost");
    out += field(style, "total", fmt::format("${:.4f}", *result.cost.total_usd));
    for (const auto& [model, usd] : result.cost.by_model)
      out += field(style, "", fmt::format("{} ${:.4f}", printable(style, model), usd));
  }
  out += about_block(style, result);
  return out;
}

}  // namespace ringload
