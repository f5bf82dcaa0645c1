#include "report/thresholds.h"

#include <charconv>

#include "report/figures.h"
#include "report/number.h"

namespace ringload::report {
namespace {

constexpr std::string_view kReadsTtfb = "no scenario streams: this is TTFB";

// The samples a threshold's metric is a statistic of; nullptr when it is a count or a rate.
const Samples* samples_of(const Stat& stat, const Threshold& threshold) {
  if (threshold.metric == "stream_tokens_per_s") return &stat.stream_tokens;
  const bool ttfb = threshold.ttft_reads_ttfb && threshold.metric == "ttft";
  const NamedSamples* figure = find_duration(ttfb ? "ttfb" : std::string_view(threshold.metric));
  return figure == nullptr ? nullptr : &(stat.*figure->samples);
}

std::optional<double> statistic_of(const Samples& samples, std::string_view stat) {
  const auto as_double = [](std::optional<int64_t> value) {
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  };
  if (sample_count(samples) == 0) return std::nullopt;
  const Figures figures = figures_of(samples);
  if (stat == "mean") return samples.given || figures.n == 0 ? as_double(figures.mean) : samples.values.mean();
  if (stat == "min") return as_double(figures.min);
  if (stat == "max") return as_double(figures.max);
  double percentile = 95;
  if (!stat.empty()) {
    if (stat[0] != 'p') return std::nullopt;
    const auto [end, error] = std::from_chars(stat.data() + 1, stat.data() + stat.size(), percentile);
    if (error != std::errc() || end != stat.data() + stat.size()) return std::nullopt;
  }
  return as_double(percentile_of(samples, percentile));
}

}  // namespace

std::optional<double> threshold_value(const Stat& stat, const Threshold& threshold) {
  if (const Samples* samples = samples_of(stat, threshold)) {
    const auto value = statistic_of(*samples, threshold.stat);
    return value ? std::optional(*value / 1000) : std::nullopt;  // µs → ms; thousandths of a token/s → tokens/s
  }
  if (threshold.metric == "error_rate") return error_rate(stat);
  if (threshold.metric == "goodput") return goodput_share(stat);
  if (stat.requests == 0 && stat.ended == 0) return std::nullopt;
  if (threshold.metric == "ok_rps" || threshold.metric == "rps") return ok_rps(stat);
  if (threshold.metric == "output_tokens_per_s") return output_tokens_per_s(stat);
  return std::nullopt;
}

bool holds(const Threshold& threshold, double value) {
  switch (threshold.op) {
    case Threshold::Op::le: return value <= threshold.value;
    case Threshold::Op::ge: return value >= threshold.value;
    case Threshold::Op::lt: return value < threshold.value;
    case Threshold::Op::gt: return value > threshold.value;
  }
  return false;
}

namespace {

std::string_view op_text(Threshold::Op op) {
  switch (op) {
    case Threshold::Op::le: return "<=";
    case Threshold::Op::ge: return ">=";
    case Threshold::Op::lt: return "<";
    case Threshold::Op::gt: return ">";
  }
  return "";
}

const Stat* row_of(const StageResult& stage, const std::string& scenario) {
  if (scenario.empty()) return &stage.total;
  for (const Stat& stat : stage.scenarios)
    if (stat.label == scenario) return &stat;
  return nullptr;
}

ThresholdResult judged_row(const Threshold& threshold, const Stat* stat, uint32_t stage, double timeout_s) {
  ThresholdResult result;
  result.expr = threshold.written;
  result.stage = stage;
  result.scenario = threshold.scenario;
  result.metric = threshold.stat.empty() ? threshold.metric : threshold.metric + "_" + threshold.stat;
  result.op = op_text(threshold.op);
  result.limit = threshold.value;
  if (stat != nullptr) result.value = threshold_value(*stat, threshold);
  if (result.value) {
    result.pass = holds(threshold, *result.value);
    if (threshold.ttft_reads_ttfb) result.note = kReadsTtfb;
    return result;
  }
  const Samples* samples = stat == nullptr ? nullptr : samples_of(*stat, threshold);
  const bool censored = samples != nullptr && samples->censored != 0;
  result.note = censored ? ">" + duration_text(timeout_s) : "no data";
  return result;
}

// Stages a threshold judges. A stage that is all warm-up has no figures to judge.
std::vector<const StageResult*> stages_for(const RunResult& result, const Threshold& threshold) {
  std::vector<const StageResult*> stages;
  for (const StageResult& stage : result.stages) {
    if (threshold.stage != 0 ? stage.stage == static_cast<uint32_t>(threshold.stage) : stage.window_s > 0)
      stages.push_back(&stage);
  }
  return stages;
}

void set_pass(std::optional<bool>& pass, bool value) { pass = pass.value_or(true) && value; }

}  // namespace

std::vector<ThresholdResult> evaluate(const RunResult& result, std::span<const Threshold> thresholds) {
  std::vector<ThresholdResult> results;
  for (const Threshold& threshold : thresholds) {
    if (threshold.off) continue;
    const auto stages = stages_for(result, threshold);
    for (const StageResult* stage : stages) {
      // Where there is one stage only, its number says nothing.
      const uint32_t shown = result.stages.size() == 1 && threshold.stage == 0 ? 0 : stage->stage;
      results.push_back(judged_row(threshold, row_of(*stage, threshold.scenario), shown, result.timeout_s));
    }
    if (stages.empty())
      results.push_back(judged_row(threshold, nullptr, static_cast<uint32_t>(threshold.stage), result.timeout_s));
  }
  return results;
}

namespace {

// The threshold that a row was judged by.
Threshold threshold_of(const ThresholdResult& row) {
  Threshold threshold;
  threshold.written = row.expr;
  threshold.scenario = row.scenario;
  threshold.stage = static_cast<int>(row.stage);
  threshold.metric = row.metric;
  const size_t split = row.metric.rfind('_');
  if (split != std::string::npos) {
    const std::string base = row.metric.substr(0, split);
    if (find_duration(base) != nullptr || base == "stream_tokens_per_s") {
      threshold.metric = base;
      threshold.stat = row.metric.substr(split + 1);
    }
  }
  for (const auto op : {Threshold::Op::le, Threshold::Op::ge, Threshold::Op::lt, Threshold::Op::gt})
    if (op_text(op) == row.op) threshold.op = op;
  threshold.value = row.limit;
  threshold.ttft_reads_ttfb = row.note == kReadsTtfb;
  return threshold;
}

// The run's and the rows' own pass from the thresholds' results.
void spread_pass(RunResult& result) {
  result.pass = true;
  result.aggregate.pass.reset();
  for (StageResult& stage : result.stages) {
    stage.total.pass.reset();
    for (Stat& stat : stage.scenarios) stat.pass.reset();
  }
  for (const ThresholdResult& row : result.thresholds) {
    result.pass &= row.pass;
    set_pass(result.aggregate.pass, row.pass);
    for (StageResult& stage : result.stages) {
      if (row.stage != 0 && row.stage != stage.stage) continue;
      if (row.scenario.empty()) set_pass(stage.total.pass, row.pass);
      for (Stat& stat : stage.scenarios)
        if (stat.label == row.scenario) set_pass(stat.pass, row.pass);
    }
  }
}

}  // namespace

void judge(RunResult& result, std::span<const Threshold> thresholds) {
  result.thresholds = evaluate(result, thresholds);
  result.thresholds_off.clear();
  for (const Threshold& threshold : thresholds)
    if (threshold.off) result.thresholds_off.push_back(threshold.written);
  spread_pass(result);
}

void judge_again(RunResult& result) {
  for (ThresholdResult& row : result.thresholds) {
    const Threshold threshold = threshold_of(row);
    const auto stages = stages_for(result, threshold);
    const Stat* stat = stages.size() == 1 ? row_of(*stages[0], row.scenario) : nullptr;
    row = judged_row(threshold, stat, row.stage, result.timeout_s);
  }
  spread_pass(result);
}

}  // namespace ringload::report
