#include "cli/doctor_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/json_out.h"
#include "report/style.h"
#include "report/table.h"

namespace ringload::cli {
namespace {

using health::Fitness;
using namespace ringload::report;

constexpr size_t kIndent = 4;
constexpr double kBusyAtCeiling = 0.9;  // below, the shards waited

size_t count_of(const Diagnosis& diagnosis, Fitness fitness) {
  return static_cast<size_t>(std::count_if(diagnosis.facts.begin(), diagnosis.facts.end(),
                                           [&](const auto& fact) { return fact.fitness == fitness; }));
}

std::string sign_of(const Style& style, Fitness fitness) {
  switch (fitness) {
    case Fitness::ok: return paint(style, Color::green, signs(style).pass);
    case Fitness::could_be_better: return paint(style, Color::yellow, signs(style).warn);
    case Fitness::unfit: return paint(style, Color::red, signs(style).fail);
  }
  return {};
}

std::string fact_text(const Style& style, const health::HostFact& fact, size_t width) {
  std::string head = "  " + sign_of(style, fact.fitness) + " " + left(fact.name, width) + "  ";
  std::string value = fact.value;
  if (fact.fitness != Fitness::ok) value += " (wanted: " + fact.wanted + ")";
  std::string text = head + wrapped_text(printable(style, value), width + 6, width + 6, style.width) + "\n";
  if (!fact.remedy.empty())
    text += std::string(kIndent, ' ') +
            paint(style, Color::dim, wrapped_text(printable(style, fact.remedy), kIndent, kIndent, style.width)) + "\n";
  return text;
}

std::string us_text(std::optional<int64_t> us) { return us ? fmt::format("{} us", *us) : "-"; }

std::string throughput_text(const CalibratedThroughput& found, unsigned shards) {
  std::string text = fmt::format("{:.0f} requests/s per shard, busiest shard {:.0f} % busy",
                                 found.requests_per_s / shards, found.busy * 100);
  if (found.errors > 0) text += fmt::format(", {:.2g} % errors", found.errors * 100);
  if (found.busy < kBusyAtCeiling) text += ": the mock was the limit";
  return text;
}

std::string calibration_text(const Calibration& found) {
  const CalibratedTiming& timing = found.timing;
  return fmt::format(
      "\n  calibration against the mock on this host, {} shard{}, 128 tokens in and out\n"
      "    plain      {}\n"
      "    streamed   {}\n"
      "    send lag   p50 {}, p99 {} at {:.0f} requests/s\n"
      "    TTFT error p50 {}, p99 {} (the mock's own lateness included)\n",
      found.shards, found.shards == 1 ? "" : "s", throughput_text(found.plain, found.shards),
      throughput_text(found.streamed, found.shards), us_text(timing.lag_p50_us), us_text(timing.lag_p99_us),
      timing.rate,
      us_text(timing.ttft_error_p50_us), us_text(timing.ttft_error_p99_us));
}

void write_throughput(JsonOut& out, const CalibratedThroughput& found, unsigned shards) {
  out.begin_object().flat(true).key("requests_per_s").real(found.requests_per_s);
  out.key("requests_per_s_per_shard").real(found.requests_per_s / shards);
  out.key("error_rate").real(found.errors).key("busy").real(found.busy).end_object().flat(false);
}

void write_calibration(JsonOut& out, const Calibration& found) {
  const auto us = [&](std::string_view key, std::optional<int64_t> value) {
    out.key(key);
    value ? out.number(*value) : out.null();
  };
  out.begin_object().key("shards").number(uint64_t{found.shards}).key("plain");
  write_throughput(out, found.plain, found.shards);
  out.key("streamed");
  write_throughput(out, found.streamed, found.shards);
  out.key("timing").begin_object().flat(true).key("rate").real(found.timing.rate);
  us("sched_lag_p50_us", found.timing.lag_p50_us);
  us("sched_lag_p99_us", found.timing.lag_p99_us);
  us("ttft_error_p50_us", found.timing.ttft_error_p50_us);
  us("ttft_error_p99_us", found.timing.ttft_error_p99_us);
  out.end_object().flat(false).end_object();
}

}  // namespace

std::string doctor_text(const Diagnosis& diagnosis, const TextStyle& style) {
  size_t width = 0;
  for (const health::HostFact& fact : diagnosis.facts) width = std::max(width, display_width(fact.name));
  const std::string_view dot = signs(style).dot;
  std::string text = fmt::format("ringload doctor{}{}{}{}\n\n", dot, printable(style, diagnosis.host.name), dot,
                                 printable(style, diagnosis.host.cpu_model));
  for (const health::HostFact& fact : diagnosis.facts) text += fact_text(style, fact, width);
  if (diagnosis.calibration) text += calibration_text(*diagnosis.calibration);
  const size_t better = count_of(diagnosis, Fitness::could_be_better), unfit = count_of(diagnosis, Fitness::unfit);
  text += diagnosis.fit() ? "\n" + paint(style, Color::green, "fit to generate load")
                          : "\n" + paint(style, Color::red, "unfit to generate load");
  text += fmt::format(": {} ok, {} could be better, {} unfit\n", count_of(diagnosis, Fitness::ok), better, unfit);
  if (better + unfit > 0) {
    text += "next  sudo tools/sysctl-tuning.sh --check   (see docs/tuning.md)\n";
  } else if (!diagnosis.calibration) {
    text += "next  ringload doctor --calibrate\n";
  }
  return text;
}

std::string doctor_json(const Diagnosis& diagnosis) {
  std::string text;
  JsonOut out(text, 2);
  out.begin_object().key("fit").boolean(diagnosis.fit());
  out.key("host").begin_object().flat(true).key("name").string(diagnosis.host.name);
  out.key("kernel").string(diagnosis.host.kernel).key("cpu_model").string(diagnosis.host.cpu_model);
  out.key("cpus").number(uint64_t{diagnosis.host.cpus}).key("memory_bytes").number(diagnosis.host.memory_bytes);
  out.end_object().flat(false).key("facts").begin_array();
  for (const health::HostFact& fact : diagnosis.facts) {
    std::string fitness(name_of(fact.fitness));
    std::replace(fitness.begin(), fitness.end(), ' ', '_');
    out.begin_object().flat(true).key("name").string(fact.name).key("fitness").string(fitness);
    out.key("value").string(fact.value).key("wanted").string(fact.wanted).key("remedy");
    fact.remedy.empty() ? out.null() : out.string(fact.remedy);
    out.end_object().flat(false);
  }
  out.end_array().key("calibration");
  if (diagnosis.calibration) {
    write_calibration(out, *diagnosis.calibration);
  } else {
    out.null();
  }
  out.end_object();
  return text + "\n";
}

}  // namespace ringload::cli
