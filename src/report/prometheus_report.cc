// Prometheus text exposition. Times are summaries in seconds; a quantile without samples, or among the censored, is
// left out. Labels: stage, scenario (ALL is the stage's total).
#include <fmt/format.h>

#include <cmath>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/number.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

struct Row {
  std::string labels;  // stage="1",scenario="chat"
  const Stat* stat;
};

class Exposition {
 public:
  explicit Exposition(const RunResult& result) {
    for (const StageResult& stage : result.stages) {
      for (const Stat& stat : stage.scenarios) add(stage.stage, stat.label, stat);
      add(stage.stage, "ALL", stage.total);
    }
  }

  void head(std::string_view name, std::string_view type, std::string_view help) {
    out_ += fmt::format("# HELP ringload_{} {}\n# TYPE ringload_{} {}\n", name, help, name, type);
  }
  void sample(std::string_view name, std::string_view labels, std::string_view value) {
    out_ += fmt::format("ringload_{}{}{}{} {}\n", name, labels.empty() ? "" : "{", labels, labels.empty() ? "" : "}",
                        value);
  }

  // One sample per row of what `read` gives; the rows it gives nothing for are left out.
  template <class Read>
  void gauge(std::string_view name, std::string_view help, Read read) {
    head(name, "gauge", help);
    for (const Row& row : rows_)
      if (const std::optional<double> value = read(*row.stat)) sample(name, row.labels, decimal_exact(*value, 9));
  }
  void counter(std::string_view name, std::string_view help, uint64_t Stat::*member) {
    head(name, "counter", help);
    for (const Row& row : rows_) sample(name, row.labels, fmt::format("{}", row.stat->*member));
  }
  // `text` turns the samples' unit into that of the name.
  void summary(std::string_view name, std::string_view help, Samples Stat::*member,
               std::string (*text)(int64_t) = seconds_exact) {
    head(name, "summary", help);
    for (const Row& row : rows_) {
      const Samples& samples = row.stat->*member;
      static constexpr std::pair<const char*, double> kQuantiles[] = {
          {"0.5", 50}, {"0.9", 90}, {"0.95", 95}, {"0.99", 99}, {"0.999", 99.9}};
      for (const auto& [label, percentile] : kQuantiles)
        if (const auto us = sample_count(samples) == 0 ? std::nullopt : percentile_of(samples, percentile))
          sample(name, fmt::format("{},quantile=\"{}\"", row.labels, label), text(*us));
      const Figures figures = figures_of(samples);
      const double sum = samples.given ? static_cast<double>(figures.mean.value_or(0)) * static_cast<double>(figures.n)
                                       : samples.values.mean() * static_cast<double>(figures.n);
      sample(fmt::format("{}_sum", name), row.labels, text(std::llround(sum)));
      sample(fmt::format("{}_count", name), row.labels, fmt::format("{}", figures.n));
    }
  }

  const std::vector<Row>& rows() const { return rows_; }
  std::string take() { return std::move(out_); }

 private:
  void add(uint32_t stage, std::string_view scenario, const Stat& stat) {
    rows_.push_back({fmt::format("stage=\"{}\",scenario=\"{}\"", stage, label_value(scenario)), &stat});
  }

  std::string out_;
  std::vector<Row> rows_;
};

void write_run(Exposition& out, const RunResult& result) {
  out.head("info", "gauge", "The run that these figures are of.");
  out.sample("info", fmt::format("version=\"{}\",command=\"{}\",profile_sha256=\"{}\"", label_value(result.version),
                                 label_value(result.command), label_value(result.profile_sha256)), "1");
  out.head("pass", "gauge", "1 when no threshold failed.");
  out.sample("pass", "", result.pass ? "1" : "0");
  out.head("complete", "gauge", "1 when everything planned was run.");
  out.sample("complete", "", result.complete ? "1" : "0");
  if (result.health.verdict) {
    out.head("generator_verdict", "gauge", "1 for the verdict on the generator.");
    for (const Verdict verdict : {Verdict::valid, Verdict::suspect, Verdict::invalid})
      out.sample("generator_verdict", fmt::format("verdict=\"{}\"", name_of(verdict)),
                 *result.health.verdict == verdict ? "1" : "0");
  }
  if (const auto lag = percentile_of(result.health.lag, 99)) {
    out.head("send_lag_p99_seconds", "gauge", "How late requests were sent, 99th percentile.");
    out.sample("send_lag_p99_seconds", "", seconds_exact(*lag));
  }
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string prometheus_report(const RunResult& result) {
  using namespace report;
  Exposition out(result);
  write_run(out, result);
  out.counter("requests_total", "Requests intended in the steady window.", &Stat::requests);
  out.counter("ok_total", "Of these, answered in full.", &Stat::ok);
  out.counter("failed_total", "Of these, failed.", &Stat::failed);
  out.counter("cancelled_total", "Of these, cancelled at the stage's end.", &Stat::cancelled);
  out.counter("shed_total", "Of these, not sent because too many were in flight.", &Stat::shed);
  out.counter("prompt_tokens_total", "Prompt tokens.", &Stat::prompt_tokens);
  out.counter("cached_tokens_total", "Prompt tokens served from a cache.", &Stat::cached_tokens);
  out.counter("completion_tokens_total", "Completion tokens.", &Stat::completion_tokens);
  out.counter("reasoning_tokens_total", "Reasoning tokens.", &Stat::reasoning_tokens);
  out.counter("sent_bytes_total", "Bytes sent.", &Stat::bytes_sent);
  out.counter("received_bytes_total", "Bytes received.", &Stat::bytes_received);
  out.counter("coalesced_events_total", "Content events that came with the one before.", &Stat::coalesced_events);
  out.head("responses_total", "counter", "Responses by status code.");
  for (const auto& row : out.rows())
    for (const auto& [code, count] : row.stat->status_codes)
      out.sample("responses_total", fmt::format("{},code=\"{}\"", row.labels, code), fmt::format("{}", count));
  out.head("errors_total", "counter", "Failed requests by class.");
  for (const auto& row : out.rows())
    for (unsigned i = 1; i < kErrorClasses; ++i)
      if (row.stat->errors[i] != 0)
        out.sample("errors_total", fmt::format("{},class=\"{}\"", row.labels,
                                               error_class_name(static_cast<ErrorClass>(i))),
                   fmt::format("{}", row.stat->errors[i]));
  out.gauge("throughput_per_second", "Requests that ended, per second.", throughput_rps);
  out.gauge("ok_per_second", "Requests that ended ok, per second.", ok_rps);
  out.gauge("goodput_per_second", "Requests within every SLO bound, per second.", goodput_rps);
  out.gauge("output_tokens_per_second", "Completion tokens per second.", output_tokens_per_s);
  out.gauge("input_tokens_per_second", "Prompt tokens per second.", input_tokens_per_s);
  out.gauge("total_tokens_per_second", "Prompt and completion tokens per second.", total_tokens_per_s);
  out.gauge("cost_usd", "What the tokens cost, in US dollars.", [](const Stat& stat) { return stat.cost_usd; });
  out.gauge("error_ratio", "Failed requests as a share.", error_rate);
  out.gauge("goodput_ratio", "Requests within every SLO bound as a share.", goodput_share);
  out.gauge("in_flight", "Requests in flight, mean.", [](const Stat& stat) { return stat.in_flight; });
  for (const NamedSamples& figure : duration_figures())
    out.summary(fmt::format("{}_seconds", figure.name), fmt::format("The figure {} of docs/metrics.md.", figure.name),
                figure.samples);
  out.summary("stream_tokens_per_second", "Tokens per second of one stream.", &Stat::stream_tokens,
              ms_exact);  // from thousandths
  return out.take();
}

}  // namespace ringload
