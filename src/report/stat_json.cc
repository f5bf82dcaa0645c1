#include "report/stat_json.h"

#include <fmt/format.h>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/number.h"
#include "report/rate_limits_json.h"

namespace ringload::report {
namespace {

std::string percentile_key(double quantile) {
  std::string digits = decimal_exact(quantile * 100, 4);
  std::erase(digits, '.');
  return "p" + digits;
}

template <class Put>
void write_figures(JsonOut& out, const Figures& figures, Put put) {
  const std::pair<std::string_view, std::optional<int64_t>> kFields[] = {
      {"min", figures.min}, {"mean", figures.mean}, {"p50", figures.p50},   {"p90", figures.p90},
      {"p95", figures.p95}, {"p99", figures.p99},   {"p999", figures.p999}, {"max", figures.max}};
  for (const auto& [name, value] : kFields) {
    out.key(name);
    put(value);
  }
  out.key("n").number(figures.n).key("n_censored").number(figures.n_censored);
}

template <class Put>
void write_intervals(JsonOut& out, const std::vector<Interval>& intervals, Put put) {
  if (intervals.empty()) return;
  out.key("ci95").begin_object();
  bool correlated = false;
  for (const Interval& interval : intervals) {
    out.key(percentile_key(interval.quantile)).begin_array();
    put(std::optional(interval.low_us));
    put(interval.high_us < 0 ? std::nullopt : std::optional(interval.high_us));
    out.end_array();
    correlated |= interval.correlated;
  }
  out.end_object();
  if (!correlated) return;
  out.key("ci95_correlated").begin_array();
  for (const Interval& interval : intervals)
    if (interval.correlated) out.string(percentile_key(interval.quantile));
  out.end_array();
}

}  // namespace

void write_samples_ms(JsonOut& out, const Samples& samples) {
  const auto put = [&](std::optional<int64_t> us) { out.ms(us); };
  out.begin_object().flat(true);
  write_figures(out, figures_of(samples), put);
  write_intervals(out, samples.intervals, put);
  out.end_object().flat(false);
}

void write_samples_us(JsonOut& out, const Samples& samples) {
  const auto put = [&](std::optional<int64_t> us) { us ? out.number(*us) : out.null(); };
  out.begin_object().flat(true);
  write_figures(out, figures_of(samples), put);
  out.key("histogram");
  samples.values.empty() ? out.null() : out.string(samples.values.encode());
  out.end_object().flat(false);
}

namespace {

// Tokens/s from thousandths.
void write_stream_tokens(JsonOut& out, const Samples& samples) {
  const Figures figures = figures_of(samples);
  out.begin_object().flat(true);
  const std::pair<std::string_view, std::optional<int64_t>> kFields[] = {
      {"p50", figures.p50}, {"p90", figures.p90}, {"p99", figures.p99}, {"mean", figures.mean}};
  for (const auto& [name, value] : kFields) out.key(name).ms(value);
  out.key("n").number(figures.n).end_object().flat(false);
}

void write_counts(JsonOut& out, const Stat& stat) {
  out.key("status_codes").begin_object().flat(true);
  for (const auto& [code, count] : stat.status_codes) out.key(fmt::format("{}", code)).number(count);
  out.end_object().flat(false);
  out.key("errors").begin_object().flat(true);
  for (unsigned i = 0; i < kErrorClasses; ++i)
    if (stat.errors[i] != 0) out.key(error_class_name(static_cast<ErrorClass>(i))).number(stat.errors[i]);
  out.end_object().flat(false);
}

void write_histograms(JsonOut& out, const Stat& stat) {
  out.key("histograms").begin_object();
  for (const NamedSamples& figure : duration_figures()) {
    const Histogram& values = (stat.*figure.samples).values;
    if (!values.empty()) out.key(fmt::format("{}_us", figure.name)).string(values.encode());
  }
  if (!stat.stream_tokens.values.empty())
    out.key("stream_tokens_milli_per_s").string(stat.stream_tokens.values.encode());
  out.end_object();
}

}  // namespace

void write_stat(JsonOut& out, const Stat& stat) {
  out.begin_object();
  out.key("label").string(stat.label);
  out.key("share").exact(stat.share == 0 ? std::nullopt : std::optional(stat.share));
  out.key("planned").exact(stat.planned == 0 ? std::nullopt : std::optional(stat.planned));
  out.key("window_s").exact(stat.window_s);
  out.key("has_stream").boolean(stat.has_stream).key("has_slo").boolean(stat.has_slo);
  out.key("requests").number(stat.requests).key("ok").number(stat.ok).key("failed").number(stat.failed);
  out.key("cancelled").number(stat.cancelled).key("shed").number(stat.shed);
  out.key("in_flight_at_stop").number(stat.in_flight_at_stop);
  out.key("ok_rps").real(ok_rps(stat)).key("throughput_rps").real(throughput_rps(stat));
  out.key("goodput_rps").real(goodput_rps(stat)).key("error_rate").real(error_rate(stat));
  out.key("in_flight").exact(stat.in_flight);
  for (const NamedSamples& figure : duration_figures()) {
    out.key(fmt::format("{}_ms", figure.name));
    write_samples_ms(out, stat.*figure.samples);
  }
  out.key("prompt_tokens").number(stat.prompt_tokens).key("cached_tokens").number(stat.cached_tokens);
  out.key("completion_tokens").number(stat.completion_tokens).key("reasoning_tokens").number(stat.reasoning_tokens);
  out.key("tokens_estimated").number(stat.tokens_estimated);
  out.key("output_tokens_per_s").real(output_tokens_per_s(stat));
  out.key("input_tokens_per_s").real(input_tokens_per_s(stat));
  out.key("total_tokens_per_s").real(total_tokens_per_s(stat));
  out.key("stream_tokens_per_s");
  write_stream_tokens(out, stat.stream_tokens);
  out.key("good").number(stat.good).key("goodput").real(goodput_share(stat));
  out.key("coalesced_events").number(stat.coalesced_events).key("clamped").number(stat.clamped);
  out.key("reply_truncated").number(stat.reply_truncated);
  out.key("bytes_sent").number(stat.bytes_sent).key("bytes_received").number(stat.bytes_received);
  out.key("ended").begin_object().flat(true);
  out.key("requests").number(stat.ended).key("ok").number(stat.ended_ok).key("good").number(stat.ended_good);
  out.key("prompt_tokens").number(stat.ended_prompt_tokens);
  out.key("completion_tokens").number(stat.ended_completion_tokens).end_object().flat(false);
  write_counts(out, stat);
  out.key("rate_limits");
  write_rate_limits(out, stat.rate_limits);
  out.key("cost_usd").exact(stat.cost_usd);
  out.key("pass");
  stat.pass ? out.boolean(*stat.pass) : out.null();
  write_histograms(out, stat);
  out.end_object();
}

}  // namespace ringload::report
