// The summary in the schema of the Go tool `loadtest`: percentiles named P50 …, TTFB under the name ttft_ms.
#include <fmt/format.h>

#include "report/figures.h"
#include "report/json_out.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

void write_percentiles(JsonOut& out, const Samples& samples) {
  const Figures figures = figures_of(samples);
  out.begin_object().flat(true);
  out.key("P50").ms(figures.p50).key("P90").ms(figures.p90).key("P95").ms(figures.p95).key("P99").ms(figures.p99);
  out.key("Max").ms(figures.max).key("Mean").ms(figures.mean).end_object().flat(false);
}

void write_row(JsonOut& out, const Stat& stat) {
  out.begin_object().key("label").string(stat.label);
  out.key("requests").number(stat.requests).key("ok").number(stat.ok);
  out.key("ok_rps").real(ok_rps(stat)).key("throughput_rps").real(throughput_rps(stat));
  out.key("error_rate").real(error_rate(stat)).key("latency_ms");
  write_percentiles(out, stat.latency);
  out.key("ttft_ms");
  write_percentiles(out, stat.ttfb);
  out.key("prompt_tokens").number(stat.prompt_tokens).key("completion_tokens").number(stat.completion_tokens);
  out.key("output_tokens_per_s").real(output_tokens_per_s(stat));
  out.key("status_codes").begin_object().flat(true);
  for (const auto& [code, count] : stat.status_codes) out.key(fmt::format("{}", code)).number(count);
  out.end_object().flat(false).key("errors").begin_object().flat(true);
  for (unsigned i = 0; i < kErrorClasses; ++i)
    if (stat.errors[i] != 0) out.key(error_class_name(static_cast<ErrorClass>(i))).number(stat.errors[i]);
  out.end_object().flat(false).key("pass");
  stat.pass ? out.boolean(*stat.pass) : out.null();
  out.end_object();
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string loadtest_json(const RunResult& result) {
  using namespace report;
  std::string text;
  JsonOut out(text, 2);
  out.begin_object().key("stages").begin_array();
  for (const StageResult& stage : result.stages) {
    const bool open = stage.kind == StageKind::open;
    out.begin_object().key("stage").number(uint64_t{stage.stage});
    out.key("concurrency").exact(open ? 0 : stage.to).key("rate").exact(open ? stage.to : 0);
    out.key("duration_s").exact(stage.duration_s).key("window_s").exact(stage.window_s).key("total");
    write_row(out, stage.total);
    out.key("scenarios").begin_array();
    for (const Stat& stat : stage.scenarios) write_row(out, stat);
    out.end_array().end_object();
  }
  out.end_array().key("aggregate");
  write_row(out, result.aggregate);
  out.key("pass").boolean(result.pass).end_object();
  text += '\n';
  return text;
}

}  // namespace ringload
