#include "engine/segment_totals.h"

#include <algorithm>

#include "engine/spending.h"
#include "report/figures.h"
#include "report/from_recorder.h"

namespace ringload::engine {

SegmentTotals::SegmentTotals(const load::Workload& workload) {
  for (const load::ScenarioPlan& plan : workload.scenarios()) {
    for (const load::PromptSize& size : plan.segments) {
      prices_.push_back(price_of(workload.profile(), *plan.scenario));
      SizeSegment& row = rows_.emplace_back();
      row.scenario = plan.scenario->name;
      row.tokens_from = static_cast<uint64_t>(size.from);
      row.tokens_to = static_cast<uint64_t>(size.to);
      row.stat.label = row.scenario;
      row.stat.has_stream = plan.stream;
      row.stat.has_slo = plan.scenario->slo.any();
    }
  }
}

void SegmentTotals::add(const stats::Recorder& stage, double window_s) {
  for (uint32_t i = 0; i < rows_.size(); ++i) {
    Stat stat = report::stat_from(stage, i, window_s);
    if (prices_[i] != nullptr)
      stat.cost_usd = cost_usd(*prices_[i], static_cast<double>(stat.prompt_tokens),
                               static_cast<double>(stat.cached_tokens), static_cast<double>(stat.completion_tokens));
    report::add_stat(rows_[i].stat, stat);
  }
}

std::vector<SizeSegment> SegmentTotals::segments() const {
  std::vector<SizeSegment> out;
  for (const SizeSegment& row : rows_) {
    const auto same = std::ranges::find_if(out, [&](const SizeSegment& other) {
      return other.scenario == row.scenario && other.tokens_from == row.tokens_from && other.tokens_to == row.tokens_to;
    });
    if (same == out.end()) {
      if (row.stat.requests > 0 || row.stat.ended > 0) out.push_back(row);
      continue;
    }
    const double window_s = same->stat.window_s;  // the same time, not more of it
    const double in_flight = same->stat.in_flight.value_or(0) + row.stat.in_flight.value_or(0);
    report::add_stat(same->stat, row.stat);
    same->stat.window_s = window_s;
    same->stat.in_flight = in_flight;
  }
  return out;
}

}  // namespace ringload::engine
