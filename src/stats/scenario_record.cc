#include "stats/scenario_record.h"

namespace ringload::stats {
namespace {

template <size_t... I>
std::array<Histogram, sizeof...(I)> histograms_on(uint64_t* counts, std::index_sequence<I...>) {
  return {Histogram(counts + I * Histogram::kCounts)...};
}

template <class Array>
void add_each(Array& to, const Array& from) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

void TokenSums::add(const Tokens& told) {
  const auto known = [](int64_t n) { return n > 0 ? static_cast<uint64_t>(n) : 0; };
  prompt += known(told.prompt);
  cached += known(told.cached);
  completion += known(told.completion);
  reasoning += known(told.reasoning);
}

TokenSums& TokenSums::operator+=(const TokenSums& other) {
  prompt += other.prompt;
  cached += other.cached;
  completion += other.completion;
  reasoning += other.reasoning;
  return *this;
}

WindowCounts& WindowCounts::operator+=(const WindowCounts& other) {
  ended += other.ended;
  ok += other.ok;
  good += other.good;
  tokens += other.tokens;
  open_ns += other.open_ns;
  return *this;
}

ScenarioRecord::ScenarioRecord() : ScenarioRecord(CountBlock(kFigures * Histogram::kCounts)) {}

ScenarioRecord::ScenarioRecord(CountBlock block)
    : histograms(histograms_on(block.data(), std::make_index_sequence<kFigures>())), block_(std::move(block)) {}

void ScenarioRecord::add(const ScenarioRecord& other) {
  steady += other.steady;
  warmup += other.warmup;
  add_each(errors, other.errors);
  add_each(status, other.status);
  status_other += other.status_other;
  good += other.good;
  streams += other.streams;
  content_events += other.content_events;
  coalesced_events += other.coalesced_events;
  tokens_estimated += other.tokens_estimated;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  tokens += other.tokens;
  warmup_tokens += other.warmup_tokens;
  window += other.window;
  rate_limits.add(other.rate_limits);
  add_each(censored, other.censored);
  for (size_t i = 0; i < kFigures; ++i) histograms[i].add(other.histograms[i]);
}

void ScenarioRecord::clear() {
  steady = warmup = {};
  errors = {};
  status = {};
  status_other = good = streams = content_events = coalesced_events = tokens_estimated = 0;
  bytes_sent = bytes_received = 0;
  tokens = warmup_tokens = {};
  window = {};
  rate_limits = {};
  censored = {};
  for (Histogram& histogram : histograms) histogram.reset();
}

}  // namespace ringload::stats
