#include "report/merge.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/hosts.h"
#include "report/number.h"
#include "report/thresholds.h"

namespace ringload::report {
namespace {

// What each is called: its host, numbered where several runs are of one.
std::vector<std::string> names_of(std::span<const RunResult> hosts) {
  std::vector<std::string> names;
  for (size_t i = 0; i < hosts.size(); ++i) {
    const std::string& name = hosts[i].host.name;
    const auto same = [&](const RunResult& other) { return other.host.name == name; };
    if (name.empty()) names.push_back(fmt::format("summary {}", i + 1));
    else if (std::ranges::count_if(hosts, same) == 1) names.push_back(name);
    else names.push_back(fmt::format("{} ({})", name, std::ranges::count_if(hosts.first(i + 1), same)));
  }
  return names;
}

// What is added while another host does the same at the same time.
void merge_stat(Stat& into, const Stat& from) {
  const double window_s = std::max(into.window_s, from.window_s);
  std::optional<double> in_flight = into.in_flight;
  if (from.in_flight) in_flight = in_flight.value_or(0) + *from.in_flight;
  add_stat(into, from);
  into.window_s = window_s;
  into.in_flight = in_flight;
  into.planned += from.planned;
}

std::string stage_name(const StageResult& stage) {
  return fmt::format("stage {} ({} loop, {})", stage.stage, name_of(stage.kind), duration_text(stage.duration_s));
}

bool same_stage(const StageResult& a, const StageResult& b) {
  return a.stage == b.stage && a.kind == b.kind && a.duration_s == b.duration_s && a.warmup_s == b.warmup_s;
}

void merge_stage(StageResult& into, const StageResult& from) {
  into.from += from.from;
  into.to += from.to;
  into.max_requests += from.max_requests;
  into.window_s = std::max(into.window_s, from.window_s);
  into.complete &= from.complete;
  merge_stat(into.total, from.total);
  for (const Stat& stat : from.scenarios) {
    const auto same = std::ranges::find(into.scenarios, stat.label, &Stat::label);
    if (same != into.scenarios.end()) {
      merge_stat(*same, stat);
    } else {
      into.scenarios.push_back(stat);
    }
  }
  add_conservation(into.conservation, from.conservation);
  add_samples(into.lag, from.lag);
}

// Shares are of the merged load.
void set_shares(StageResult& stage) {
  double planned = 0;
  for (const Stat& stat : stage.scenarios) planned += stat.planned;
  if (planned > 0)
    for (Stat& stat : stage.scenarios) stat.share = stat.planned / planned;
}

void merge_series(std::vector<SeriesPoint>& into, const std::vector<SeriesPoint>& from) {
  for (const SeriesPoint& point : from) {
    const auto same = std::ranges::find_if(
        into, [&](const SeriesPoint& other) { return other.t == point.t && other.stage == point.stage; });
    if (same == into.end()) {
      into.push_back(point);
      continue;
    }
    same->scheduled += point.scheduled;
    same->sent += point.sent;
    same->ok += point.ok;
    same->failed += point.failed;
    same->in_flight += point.in_flight;
    same->lag_p99_us = std::max(same->lag_p99_us, point.lag_p99_us);
    same->latency_p50_us = same->latency_p99_us = same->ttft_p50_us = same->ttft_p99_us = -1;
    same->prompt_tokens += point.prompt_tokens;
    same->completion_tokens += point.completion_tokens;
  }
  std::ranges::stable_sort(into, {}, [](const SeriesPoint& point) { return std::pair(point.t, point.stage); });
}

void merge_segments(std::vector<SizeSegment>& into, const std::vector<SizeSegment>& from) {
  for (const SizeSegment& segment : from) {
    const auto same = std::ranges::find_if(into, [&](const SizeSegment& other) {
      return other.scenario == segment.scenario && other.tokens_from == segment.tokens_from &&
             other.tokens_to == segment.tokens_to;
    });
    if (same == into.end()) {
      into.push_back(segment);
    } else {
      merge_stat(same->stat, segment.stat);
    }
  }
}

void merge_identity(RunResult& into, const RunResult& from, const std::string& name) {
  into.host.name += (into.host.name.empty() ? "" : ", ") + name;
  into.host.cpus += from.host.cpus;
  into.host.shards += from.host.shards;
  into.host.memory_bytes += from.host.memory_bytes;
  into.started_unix_ms = std::min(into.started_unix_ms, from.started_unix_ms);
  into.ended_unix_ms = std::max(into.ended_unix_ms, from.ended_unix_ms);
  into.timeout_s = std::max(into.timeout_s, from.timeout_s);
  std::erase_if(into.labels, [&](const auto& label) {
    const auto same = from.labels.find(label.first);
    return same == from.labels.end() || same->second != label.second;
  });
  for (const TargetInfo& target : from.targets)
    if (std::ranges::find(into.targets, target) == into.targets.end()) into.targets.push_back(target);
  for (const std::string& note : from.notes)
    if (std::ranges::find(into.notes, note) == into.notes.end()) into.notes.push_back(note);
  for (const std::string& warning : from.warnings) into.warnings.push_back(name + ": " + warning);
  into.complete &= from.complete;
  if (into.ended_by == EndedBy::plan) into.ended_by = from.ended_by;
}

void merge_cost(CostResult& into, const CostResult& from) {
  if (from.total_usd) into.total_usd = into.total_usd.value_or(0) + *from.total_usd;
  if (from.budget_usd) into.budget_usd = into.budget_usd.value_or(0) + *from.budget_usd;
  for (const auto& [model, usd] : from.by_model) into.by_model[model] += usd;
}

void merge_connections(ConnectionFigures& into, const ConnectionFigures& from) {
  for (const auto count :
       {&ConnectionFigures::opened, &ConnectionFigures::tls_handshakes, &ConnectionFigures::tls_resumed})
    if (from.*count) into.*count = (into.*count).value_or(0) + *(from.*count);
  for (const auto samples : {&ConnectionFigures::dns, &ConnectionFigures::connect, &ConnectionFigures::tls})
    add_samples(into.*samples, from.*samples);
}

std::expected<void, std::string> check_same(const RunResult& first, const std::string& first_name,
                                            const RunResult& other, const std::string& name, bool force) {
  if (!force && first.profile_sha256 != other.profile_sha256)
    return std::unexpected(fmt::format("{} ran another profile than {} (sha256 {} and {}); --force merges them anyway",
                                       name, first_name, other.profile_sha256, first.profile_sha256));
  if (first.stages.size() != other.stages.size())
    return std::unexpected(
        fmt::format("{} ran {} stages, {} ran {}", name, other.stages.size(), first_name, first.stages.size()));
  for (size_t i = 0; i < first.stages.size(); ++i)
    if (!same_stage(first.stages[i], other.stages[i]))
      return std::unexpected(fmt::format("{} ran {}, {} ran {}", name, stage_name(other.stages[i]), first_name,
                                         stage_name(first.stages[i])));
  return {};
}

// A merged run among them stands for its own hosts.
std::vector<HostRow> host_rows(std::span<const RunResult> hosts, const std::vector<std::string>& names) {
  std::vector<HostRow> rows;
  for (size_t i = 0; i < hosts.size(); ++i) {
    if (hosts[i].hosts.empty()) rows.push_back(host_row(hosts[i], names[i]));
    rows.insert(rows.end(), hosts[i].hosts.begin(), hosts[i].hosts.end());
  }
  return rows;
}

}  // namespace

std::expected<RunResult, std::string> merge_results(std::span<const RunResult> hosts, bool force) {
  if (hosts.empty()) return std::unexpected("there is nothing to merge");
  const std::vector<std::string> names = names_of(hosts);
  for (size_t i = 1; i < hosts.size(); ++i)
    if (auto same = check_same(hosts[0], names[0], hosts[i], names[i], force); !same)
      return std::unexpected(same.error());

  RunResult merged = hosts[0];
  merged.host.name = names[0];
  merged.health = {};
  for (std::string& warning : merged.warnings) warning = merged.host.name + ": " + warning;
  for (size_t i = 1; i < hosts.size(); ++i) {
    const RunResult& host = hosts[i];
    for (size_t stage = 0; stage < merged.stages.size(); ++stage) merge_stage(merged.stages[stage], host.stages[stage]);
    merge_stat(merged.aggregate, host.aggregate);
    add_conservation(merged.conservation, host.conservation);
    merge_series(merged.series, host.series);
    merge_segments(merged.segments, host.segments);
    merge_identity(merged, host, names[i]);
    merge_cost(merged.cost, host.cost);
    merge_connections(merged.connections, host.connections);
  }
  for (size_t i = 0; i < hosts.size(); ++i) merge_health(merged.health, hosts[i].health, names[i]);
  for (StageResult& stage : merged.stages) set_shares(stage);
  if (hosts.size() > 1) {
    merged.hosts = host_rows(hosts, names);
    merged.command = "merge";
    merged.notes.push_back(fmt::format("merged from {} hosts; the verdict is the worst one's", hosts.size()));
  }
  judge_again(merged);
  return merged;
}

}  // namespace ringload::report
