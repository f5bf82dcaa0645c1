// Rates, shares and percentiles from a result's counters and histograms. Absent: there is nothing to compute them from.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ringload/result.h"

namespace ringload::report {

// ---- distributions ----

Figures figures_of(const Samples& samples);
// Percentile 0 … 100; absent without samples and when the rank lies among the censored.
std::optional<int64_t> percentile_of(const Samples& samples, double percentile);
// Measured and censored.
uint64_t sample_count(const Samples& samples);
// Fewer than 100 samples lie beyond the percentile: it is a guess.
bool few_beyond(const Samples& samples, double percentile);
const Interval* interval_of(const Samples& samples, double percentile);
void add_samples(Samples& into, const Samples& from);  // intervals cannot be merged and are dropped

// ---- rates and shares ----

uint64_t generator_errors(const Stat& stat);           // gen_* without what was shed
uint64_t judged(const Stat& stat);                     // ok + failed, without gen_* and cancelled
std::optional<double> ok_share(const Stat& stat);
std::optional<double> error_rate(const Stat& stat);
std::optional<double> goodput_share(const Stat& stat);
std::optional<double> throughput_rps(const Stat& stat);
std::optional<double> ok_rps(const Stat& stat);
std::optional<double> goodput_rps(const Stat& stat);
std::optional<double> output_tokens_per_s(const Stat& stat);
std::optional<double> input_tokens_per_s(const Stat& stat);
std::optional<double> total_tokens_per_s(const Stat& stat);

// Adds counters, samples and windows: of stages, hosts or runs. Planned levels, shares and verdicts are the caller's.
void add_stat(Stat& into, const Stat& from);
void add_conservation(Conservation& into, const Conservation& from);

// ---- the figures by name ----

struct NamedSamples {
  std::string_view name;       // "latency"
  Samples Stat::*samples;
  bool streams_only;
};
// All that are durations, in the order of the summary.
std::span<const NamedSamples> duration_figures();
// The one of that name, nullptr when there is none; stream_tokens is no duration.
const NamedSamples* find_duration(std::string_view name);

}  // namespace ringload::report
