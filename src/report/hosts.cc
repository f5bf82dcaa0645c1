#include "report/hosts.h"

#include <algorithm>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/number.h"
#include "report/phrases.h"
#include "report/table.h"

namespace ringload::report {
namespace {

constexpr std::pair<std::string_view, uint64_t HostRow::*> kCounts[] = {
    {"requests", &HostRow::requests}, {"ok", &HostRow::ok}, {"failed", &HostRow::failed}, {"shed", &HostRow::shed}};
constexpr std::pair<std::string_view, std::optional<int64_t> HostRow::*> kTimes[] = {
    {"latency_p50_ms", &HostRow::latency_p50_us}, {"latency_p99_ms", &HostRow::latency_p99_us},
    {"ttft_p50_ms", &HostRow::ttft_p50_us}, {"ttft_p99_ms", &HostRow::ttft_p99_us}};
constexpr size_t kNameColumns = 24;

}  // namespace

HostRow host_row(const RunResult& run, std::string name) {
  const Stat& all = run.aggregate;
  return {std::move(name), run.health.verdict, run.complete, all.requests, all.ok, all.failed, all.shed,
          throughput_rps(all), error_rate(all), percentile_of(all.latency, 50), percentile_of(all.latency, 99),
          percentile_of(all.ttft, 50), percentile_of(all.ttft, 99), percentile_of(run.health.lag, 99)};
}

void write_hosts(JsonOut& out, const std::vector<HostRow>& hosts) {
  out.begin_array();
  for (const HostRow& host : hosts) {
    out.begin_object().flat(true).key("name").string(host.name).key("verdict");
    host.verdict ? out.string(name_of(*host.verdict)) : out.null();
    out.key("complete").boolean(host.complete);
    for (const auto& [key, count] : kCounts) out.key(key).number(host.*count);
    out.key("throughput_rps").exact(host.throughput_rps).key("error_rate").exact(host.error_rate);
    for (const auto& [key, time] : kTimes) out.key(key).ms(host.*time);
    out.key("lag_p99_us");
    host.lag_p99_us ? out.number(*host.lag_p99_us) : out.null();
    out.end_object().flat(false);
  }
  out.end_array();
}

std::vector<HostRow> read_hosts(JsonValue json) {
  std::vector<HostRow> hosts;
  each_in(json, "hosts", [&](JsonValue item) {
    HostRow& host = hosts.emplace_back();
    host.name = text_in(item, "name").value_or("");
    host.verdict = verdict_of(text_in(item, "verdict").value_or(""));
    host.complete = flag_in(item, "complete").value_or(false);
    for (const auto& [key, count] : kCounts) host.*count = count_in(item, key).value_or(0);
    host.throughput_rps = real_in(item, "throughput_rps");
    host.error_rate = real_in(item, "error_rate");
    for (const auto& [key, time] : kTimes)
      if (const auto value = member(item, key)) host.*time = micros_of(*value);
    host.lag_p99_us = integer_in(item, "lag_p99_us");
  });
  return hosts;
}

std::string hosts_table(const Style& style, const std::vector<HostRow>& hosts) {
  if (hosts.empty()) return "";
  const std::string none(signs(style).none);
  const auto ms = [&](const std::optional<int64_t>& us) { return us ? ms_text(*us) : none; };
  const bool streams = std::ranges::any_of(hosts, [](const HostRow& host) { return host.ttft_p50_us.has_value(); });
  std::vector<Table::Column> columns{{"host", 8, true}, {"verdict", 7, true}, {"achieved", 8}, {"ok", 6}};
  if (streams) columns.insert(columns.end(), {{"TTFT p50", 5}, {"p99", 5}});
  columns.insert(columns.end(), {{"latency p50", 5}, {"p99 ms", 5}, {"lag p99 \u00b5s", 5}});
  if (style.ascii) columns.back().head = "lag p99 us";
  Table table(style, columns);
  for (const HostRow& host : hosts) {
    const std::string verdict(host.verdict ? name_of(*host.verdict) : none);
    const auto ok = host.error_rate ? std::optional(1 - *host.error_rate) : std::nullopt;
    std::vector<Cell> cells{shortened(style, printable(style, host.name), kNameColumns),
                            host.complete ? verdict : verdict + ", cut",
                            host.throughput_rps ? measured_text(*host.throughput_rps) + "/s" : none,
                            optional_percent(style, ok, 2)};
    if (streams) cells.insert(cells.end(), {ms(host.ttft_p50_us), ms(host.ttft_p99_us)});
    cells.insert(cells.end(), {ms(host.latency_p50_us), ms(host.latency_p99_us),
                               host.lag_p99_us ? count_text(static_cast<uint64_t>(*host.lag_p99_us)) : none});
    table.row(std::move(cells));
  }
  return table.render();
}

}  // namespace ringload::report
