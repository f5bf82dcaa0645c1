#include "report/from_recorder.h"

#include "report/figures.h"

namespace ringload::report {
namespace {

using stats::Figure;

}  // namespace

Stat stat_from(const stats::ScenarioRecord& record, double window_s) {
  Stat stat;
  stat.window_s = window_s;
  stat.has_stream = record.streams != 0;
  stat.requests = record.steady.accounted();
  stat.ok = record.steady.ok;
  stat.failed = record.steady.failed;
  stat.cancelled = record.steady.cancelled;
  stat.shed = record.steady.shed;
  stat.in_flight_at_stop = record.steady.in_flight_at_stop;
  stat.good = record.good;
  stat.coalesced_events = record.coalesced_events;
  stat.ended = record.window.ended;
  stat.ended_ok = record.window.ok;
  stat.ended_good = record.window.good;
  stat.ended_prompt_tokens = record.window.tokens.prompt;
  stat.ended_completion_tokens = record.window.tokens.completion;
  stat.prompt_tokens = record.tokens.prompt;
  stat.cached_tokens = record.tokens.cached;
  stat.completion_tokens = record.tokens.completion;
  stat.reasoning_tokens = record.tokens.reasoning;
  stat.tokens_estimated = record.tokens_estimated;
  stat.bytes_sent = record.bytes_sent;
  stat.bytes_received = record.bytes_received;
  stat.errors = record.errors;
  stat.rate_limits = record.rate_limits;
  for (size_t i = 0; i < record.status.size(); ++i)
    if (record.status[i] != 0) stat.status_codes[static_cast<int>(i) + 100] = record.status[i];
  if (record.status_other != 0) stat.status_codes[0] = record.status_other;

  static constexpr std::pair<Figure, Samples Stat::*> kSamples[] = {
      {Figure::latency, &Stat::latency}, {Figure::service, &Stat::service},
      {Figure::failed_latency, &Stat::failed_latency}, {Figure::ttfb, &Stat::ttfb},
      {Figure::ttft, &Stat::ttft}, {Figure::ttfot, &Stat::ttfot},
      {Figure::itl, &Stat::itl}, {Figure::tpot, &Stat::tpot},
      {Figure::stream_tokens, &Stat::stream_tokens},
  };
  static_assert(std::size(kSamples) == stats::kFigures);
  for (const auto& [figure, samples] : kSamples) {
    (stat.*samples).values = record[figure];
    (stat.*samples).censored = record.censored_of(figure);
    stat.clamped += record[figure].clamped();
  }
  stat.has_stream |= sample_count(stat.ttft) != 0;
  if (window_s > 0) stat.in_flight = static_cast<double>(record.window.open_ns) / 1e9 / window_s;
  return stat;
}

Stat stat_from(const stats::Recorder& merged, uint32_t scenario, double window_s) {
  return stat_from(merged.scenario(scenario), window_s);
}

Stat total_from(const stats::Recorder& merged, double window_s) {
  stats::ScenarioRecord sum;
  for (uint32_t i = 0; i < merged.scenarios(); ++i) sum.add(merged.scenario(i));
  return stat_from(sum, window_s);
}

Conservation conservation_from(const stats::Recorder& merged) {
  const stats::Tally all = merged.conservation();
  Conservation conservation;
  conservation.scheduled = all.scheduled;
  conservation.ok = all.ok;
  conservation.failed = all.failed;
  conservation.cancelled = all.cancelled;
  conservation.shed = all.shed;
  conservation.in_flight_at_stop = all.in_flight_at_stop;
  conservation.warmup = merged.warmup().scheduled;
  return conservation;
}

}  // namespace ringload::report
