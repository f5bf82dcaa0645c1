// One row per stage and scenario, and one for each stage's total with the scenario ALL. Columns are the summary's
// names, flattened: latency_ms_p99. A figure without samples is an empty field.
#include <fmt/format.h>

#include <set>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/number.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

using Field = std::pair<std::string, std::string>;

std::string quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string real(std::optional<double> value) { return value ? decimal_exact(*value) : ""; }
std::string ms(std::optional<int64_t> us) { return us ? ms_exact(*us) : ""; }
std::string level(const StageResult& stage, StageKind kind) {
  if (stage.kind != kind) return "";
  if (stage.from == stage.to) return shortest_exact(stage.from);
  return shortest_exact(stage.from) + "-" + shortest_exact(stage.to);
}

void add_samples_fields(std::vector<Field>& fields, const std::string& name, const Samples& samples) {
  const Figures f = figures_of(samples);
  fields.insert(fields.end(), {{name + "_min", ms(f.min)}, {name + "_mean", ms(f.mean)}, {name + "_p50", ms(f.p50)},
                               {name + "_p90", ms(f.p90)}, {name + "_p95", ms(f.p95)}, {name + "_p99", ms(f.p99)},
                               {name + "_p999", ms(f.p999)}, {name + "_max", ms(f.max)},
                               {name + "_n", fmt::format("{}", f.n)},
                               {name + "_n_censored", fmt::format("{}", f.n_censored)}});
}

std::vector<Field> row_fields(const StageResult& stage, const Stat& stat, std::string_view scenario,
                              const std::set<int>& codes) {
  const auto count = [](uint64_t value) { return fmt::format("{}", value); };
  std::vector<Field> fields{{"stage", count(stage.stage)},
                            {"kind", std::string(name_of(stage.kind))},
                            {"concurrency", level(stage, StageKind::closed)},
                            {"rate", level(stage, StageKind::open)},
                            {"duration_s", shortest_exact(stage.duration_s)},
                            {"window_s", shortest_exact(stage.window_s)},
                            {"scenario", quoted(scenario)},
                            {"requests", count(stat.requests)},
                            {"ok", count(stat.ok)},
                            {"failed", count(stat.failed)},
                            {"cancelled", count(stat.cancelled)},
                            {"shed", count(stat.shed)},
                            {"ok_rps", real(ok_rps(stat))},
                            {"throughput_rps", real(throughput_rps(stat))},
                            {"goodput_rps", real(goodput_rps(stat))},
                            {"error_rate", real(error_rate(stat))},
                            {"in_flight", real(stat.in_flight)}};
  for (const NamedSamples& figure : duration_figures())
    add_samples_fields(fields, fmt::format("{}_ms", figure.name), stat.*figure.samples);
  const Figures streams = figures_of(stat.stream_tokens);
  fields.insert(fields.end(), {{"prompt_tokens", count(stat.prompt_tokens)},
                               {"cached_tokens", count(stat.cached_tokens)},
                               {"completion_tokens", count(stat.completion_tokens)},
                               {"reasoning_tokens", count(stat.reasoning_tokens)},
                               {"output_tokens_per_s", real(output_tokens_per_s(stat))},
                               {"input_tokens_per_s", real(input_tokens_per_s(stat))},
                               {"total_tokens_per_s", real(total_tokens_per_s(stat))},
                               {"stream_tokens_per_s_p50", ms(streams.p50)},
                               {"stream_tokens_per_s_p90", ms(streams.p90)},
                               {"stream_tokens_per_s_p99", ms(streams.p99)},
                               {"stream_tokens_per_s_mean", ms(streams.mean)},
                               {"goodput", real(goodput_share(stat))},
                               {"coalesced_events", count(stat.coalesced_events)},
                               {"clamped", count(stat.clamped)},
                               {"cost_usd", real(stat.cost_usd)},
                               {"pass", stat.pass ? (*stat.pass ? "true" : "false") : ""}});
  for (const int code : codes) {
    const auto found = stat.status_codes.find(code);
    fields.emplace_back(fmt::format("status_codes_{}", code),
                        count(found == stat.status_codes.end() ? 0 : found->second));
  }
  for (unsigned i = 1; i < kErrorClasses; ++i)
    fields.emplace_back(fmt::format("errors_{}", error_class_name(static_cast<ErrorClass>(i))), count(stat.errors[i]));
  return fields;
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string csv_report(const RunResult& result) {
  using namespace report;
  std::set<int> codes;
  for (const StageResult& stage : result.stages)
    for (const auto& [code, count] : stage.total.status_codes) codes.insert(code);
  std::string out;
  const auto line = [&](const std::vector<Field>& fields, std::string Field::*part) {
    for (size_t i = 0; i < fields.size(); ++i) out += (i == 0 ? "" : ",") + fields[i].*part;
    out += '\n';
  };
  line(row_fields({}, {}, "", codes), &Field::first);
  for (const StageResult& stage : result.stages) {
    for (const Stat& stat : stage.scenarios) line(row_fields(stage, stat, stat.label, codes), &Field::second);
    line(row_fields(stage, stage.total, "ALL", codes), &Field::second);
  }
  return out;
}

}  // namespace ringload
