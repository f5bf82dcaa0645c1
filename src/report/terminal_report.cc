// The report that a run ends with: what a reader wants first, at most 100 columns wide. One stage shows its scenarios,
// several show one row each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/figures.h"
#include "report/hosts.h"
#include "report/number.h"
#include "report/phrases.h"
#include "report/style.h"
#include "report/table.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

constexpr size_t kIndent = 13;  // where the text of the lines below the tables begins

// One line of the tables.
struct Row {
  std::string label;
  std::string share;
  std::string planned;
  const Stat* stat = nullptr;
  const StageResult* stage = nullptr;
};

std::vector<Row> rows_of(const Style& style, const RunResult& result) {
  std::vector<Row> rows;
  if (result.stages.size() == 1) {
    const StageResult& stage = result.stages[0];
    for (const Stat& stat : stage.scenarios) {
      const bool alone = stage.scenarios.size() == 1;
      const std::string share = alone || stat.share <= 0 ? "" : percent_text(stat.share, 0) + " %";
      rows.push_back({printable(style, stat.label), share, row_level_text(style, stage, stat), &stat, &stage});
    }
    if (rows.size() != 1) rows.push_back({"all", "", level_text(style, stage), &stage.total, &stage});
    return rows;
  }
  for (const StageResult& stage : result.stages)
    rows.push_back({fmt::format("stage {}", stage.stage), "", level_text(style, stage), &stage.total, &stage});
  return rows;
}

std::string load_table(const Style& style, const RunResult& result, const std::vector<Row>& rows) {
  const bool closed = std::ranges::all_of(result.stages, [](const auto& s) { return s.kind == StageKind::closed; });
  const bool slo = result.aggregate.has_slo;
  const bool shares = std::ranges::any_of(rows, [](const Row& row) { return !row.share.empty(); });
  std::vector<Table::Column> columns{{"", 3, true}};
  if (shares) columns.push_back({"", 4, false});
  columns.push_back({closed ? "VUs" : "planned", 7});
  columns.push_back({"achieved", 9});
  columns.push_back({"ok", 7});
  if (slo) columns.push_back({"goodput", 8});
  columns.push_back({"in flight", 10});
  columns.push_back({"out tok/s", 10});
  Table table(style, columns);
  const std::string none(signs(style).none);
  for (const Row& row : rows) {
    std::vector<Cell> cells{row.label};
    if (shares) cells.push_back(row.share);
    std::string planned = row.planned;
    if (closed && planned.ends_with(" VUs")) planned.resize(planned.size() - 4);
    cells.push_back(planned);
    const auto achieved = throughput_rps(*row.stat);
    cells.push_back(achieved ? measured_text(*achieved) + "/s" : none);
    cells.push_back(optional_percent(style, ok_share(*row.stat), 2));
    if (slo) cells.push_back(optional_percent(style, goodput_share(*row.stat), 1));
    const auto in_flight = row.stat->in_flight;
    cells.push_back(in_flight ? rate_text(*in_flight < 10 ? *in_flight : std::round(*in_flight)) : none);
    const auto tokens = output_tokens_per_s(*row.stat);
    cells.push_back(tokens ? count_text(static_cast<uint64_t>(std::llround(*tokens))) : none);
    table.row(std::move(cells));
  }
  return table.render();
}

constexpr double kPercentiles[] = {50, 90, 95, 99, 99.9};

// What the marks of one table mean, for the line below it.
struct Marks {
  bool lag = false, correlated = false;
};

Cell figure_cell(const Style& style, const Row& row, const Samples& samples, double percentile, double timeout_s,
                 Marks& marks) {
  Cell cell(percentile_text(style, samples, percentile, timeout_s));
  const auto value = percentile_of(samples, percentile);
  if (!value) return cell;
  if (few_beyond(samples, percentile)) cell.mark = signs(style).about;
  const auto lag = row.stage == nullptr ? std::nullopt : percentile_of(row.stage->lag, percentile);
  if (lag && *lag * 20 > *value) {
    cell.mark = "!";
    marks.lag = true;
  }
  if (percentile != 99) return cell;
  cell.half = interval_text(style, samples, percentile);
  const Interval* interval = interval_of(samples, percentile);
  if (interval != nullptr && interval->correlated) {
    cell.half += "c";
    marks.correlated = true;
  }
  return cell;
}

std::string time_table(const Style& style, const RunResult& result, const std::vector<Row>& rows) {
  Marks marks;
  size_t label_width = 0;
  for (const Row& row : rows) label_width = std::max(label_width, display_width(row.label));
  // The labels are one column: the figure's name, then whose it is.
  Table table(style, {{"ms from the intended start", 27, true},
                      {"p50", 5}, {"p90", 5}, {"p95", 5}, {"p99", 5}, {"p99.9", 5}, {"max", 5}});
  const auto add = [&](std::string_view name, std::string_view label, const Row& row, const Samples& samples) {
    std::vector<Cell> cells{left(name, 9) + std::string(label)};
    for (const double percentile : kPercentiles)
      cells.push_back(figure_cell(style, row, samples, percentile, result.timeout_s, marks));
    cells.push_back(percentile_text(style, samples, 100, result.timeout_s));
    table.row(std::move(cells));
  };
  // With scenarios apart, the sum of all says little about any: it is shown for what has no row of its own.
  const bool scenarios = result.stages.size() == 1 && rows.size() > 1;
  const auto group = [&](std::string_view name, Samples Stat::*samples) {
    bool first = true;
    for (const Row& row : rows) {
      if (scenarios && &row == &rows.back()) continue;
      if (sample_count(row.stat->*samples) == 0) continue;
      add(first ? name : "", row.label, row, row.stat->*samples);
      first = false;
    }
    return !first;
  };
  if (!group("TTFT", &Stat::ttft)) group("TTFB", &Stat::ttfb);
  const Row& last = rows.back();
  if (!group("latency", &Stat::latency)) add("latency", last.label, last, last.stat->latency);
  if (result.stages.size() == 1) {
    Row all = rows.back();
    all.stat = &result.stages[0].total;
    all.stage = nullptr;  // neither begins at the intended instant, so a late send does not show in it
    const std::string to = fmt::format("all (sent {} end)", signs(style).arrow);
    add("service", to, all, all.stat->service);
    if (sample_count(all.stat->itl) != 0) add("ITL", "all (gaps)", all, all.stat->itl);
  }
  std::string out = table.render();
  if (marks.lag) out += "  ! the generator's own lag exceeds 5 % of this figure\n";
  if (marks.correlated)
    out += fmt::format("  c the stage is short for this figure: its {} is too narrow\n", signs(style).plus_minus);
  return out;
}

std::string line(std::string_view name, std::string_view text) {
  return "  " + left(name, kIndent - 2) + std::string(text) + "\n";
}

std::string errors_line(const Style& style, const RunResult& result) {
  const Stat& total = result.aggregate;
  const uint64_t failed = total.failed, ended = total.ok + total.failed;
  if (ended == 0) return line("errors", "nothing ended in the steady window");
  if (failed == 0 && total.shed == 0) return line("errors", fmt::format("none in {} requests", count_text(ended)));
  std::vector<const Stat*> rows;
  for (const StageResult& stage : result.stages)
    for (const Stat& stat : stage.scenarios) rows.push_back(&stat);
  std::vector<std::string> list = error_list(style, total, rows);
  const std::string head = fmt::format("{} of {}", count_text(failed), count_text(ended));
  if (list.empty()) return line("errors", head);
  list[0] = head + ": " + list[0];
  return line("errors", wrapped(list, signs(style).dot, kIndent, kIndent, style.width));
}

std::string limits_line(const Style& style, const RunResult& result) {
  const Signs& sign = signs(style);
  std::vector<std::string> items;
  for (size_t i = 0; i < result.thresholds.size(); ++i) {
    const ThresholdResult& t = result.thresholds[i];
    std::string item = t.pass ? paint(style, Color::green, sign.pass) : paint(style, Color::red, sign.fail);
    item += fmt::format(" {} {}", printable(style, threshold_name(t)), threshold_finding(style, t));
    // The unit stands once for several neighbours of the same one.
    const bool same = t.value && i + 1 < result.thresholds.size() && result.thresholds[i + 1].value &&
                      threshold_unit(result.thresholds[i + 1]) == threshold_unit(t);
    if (t.value && !same) {
      const std::string_view unit = threshold_unit(t);
      item += unit.starts_with('/') ? std::string(unit) : " " + std::string(unit);
    }
    items.push_back(std::move(item));
  }
  for (const std::string& off : result.thresholds_off)
    items.push_back(fmt::format("{} {} off", sign.none, printable(style, off)));
  if (items.empty()) return "";
  return line("limits", wrapped(items, "  ", kIndent, kIndent, style.width));
}

// From the first to the last tenth of a sustained stage.
std::string drift_line(const Style& style, const StageDrift& drift) {
  const StageTenth &first = drift.first, &last = drift.last;
  const auto ms = [&](const std::optional<int64_t>& us) { return us ? ms_text(*us) : std::string(signs(style).none); };
  std::vector<std::string> items;
  const auto times = [&](std::string_view name, const std::optional<int64_t>& from, const std::optional<int64_t>& to) {
    if (from || to) items.push_back(fmt::format("{} {} to {} ms", name, ms(from), ms(to)));
  };
  times("latency p50", first.latency_p50_us, last.latency_p50_us);
  times("p99", first.latency_p99_us, last.latency_p99_us);
  times("TTFT p50", first.ttft_p50_us, last.ttft_p50_us);
  times("p99", first.ttft_p99_us, last.ttft_p99_us);
  items.push_back(fmt::format("ok {} to {}", count_text(first.ok), count_text(last.ok)));
  items.push_back(fmt::format("failed {} to {}", count_text(first.failed), count_text(last.failed)));
  return line("drift", "first to last tenth: " + wrapped(items, signs(style).dot, kIndent + 21, kIndent, style.width));
}

std::string balance_line(const Style& style, const Conservation& c) {
  std::string head = count_text(c.scheduled) + " scheduled";
  if (c.warmup != 0) head += fmt::format(" ({} warm-up)", count_text(c.warmup));
  const std::string equals(c.balanced() ? "=" : signs(style).unequal);
  std::string out = line("balance", wrapped({head + " " + equals + " " + count_text(c.ok) + " ok",
                                             count_text(c.failed) + " failed", count_text(c.cancelled) + " cancelled",
                                             count_text(c.shed) + " shed",
                                             count_text(c.in_flight_at_stop) + " in flight"},
                                            " + ", kIndent, kIndent, style.width));
  std::vector<std::string> beside;
  if (c.abandoned != 0) beside.push_back(count_text(c.abandoned) + " turns abandoned after a failure");
  if (c.resent != 0) beside.push_back(count_text(c.resent) + " resent");
  if (c.preflight != 0) beside.push_back(count_text(c.preflight) + " preflight");
  // Preflight alone goes without saying.
  if (c.abandoned + c.resent != 0)
    out += line("", "beside these " + wrapped(beside, signs(style).dot, kIndent + 13, kIndent, style.width));
  return out;
}

std::string micros_text(const Style& style, int64_t us) {
  if (us >= 10'000) return ms_text(us) + " ms";
  return fmt::format("{} {}s", count_text(static_cast<uint64_t>(us)), signs(style).micro);
}

std::string generator_line(const Style& style, const GeneratorHealth& health) {
  std::vector<std::string> items;
  if (const auto lag = percentile_of(health.lag, 99)) items.push_back("send lag p99 " + micros_text(style, *lag));
  double busy = -1;
  for (const ShardHealth& shard : health.shards) busy = std::max(busy, shard.busy);
  if (busy >= 0) items.push_back(fmt::format("busiest shard {} %", percent_text(busy, 0)));
  if (health.ports.available != 0)
    items.push_back(fmt::format("ports {} of {}", count_text(health.ports.used_peak),
                                count_text(health.ports.available)));
  if (health.overflow != 0) items.push_back(count_text(health.overflow) + " queue overflows");
  if (health.buffers_exhausted != 0) items.push_back(count_text(health.buffers_exhausted) + " times out of buffers");
  if (health.gen_errors != 0) items.push_back(count_text(health.gen_errors) + " generator errors");
  if (health.jsonl_written + health.jsonl_dropped != 0) items.push_back(count_text(health.jsonl_dropped) + " drops");
  if (health.steal) items.push_back(fmt::format("steal {} %", percent_text(*health.steal, 1)));
  if (health.target_cpu) items.push_back(fmt::format("target {} CPUs", short_text(*health.target_cpu)));
  if (items.empty()) return "";
  return line("generator", wrapped(items, signs(style).dot, kIndent, kIndent, style.width));
}

// What handshakes cost; without TLS there is nothing to say.
std::string tls_line(const Style& style, const ConnectionFigures& c) {
  if (c.tls_handshakes.value_or(0) == 0) return "";
  std::vector<std::string> items{fmt::format("{} handshake{} ({} resumed)", count_text(*c.tls_handshakes),
                                             *c.tls_handshakes == 1 ? "" : "s",
                                             count_text(c.tls_resumed.value_or(0)))};
  for (const double percentile : {50.0, 99.0})
    if (const auto time = percentile_of(c.tls, percentile))
      items.push_back(fmt::format("p{} {}", percentile, micros_text(style, *time)));
  return line("tls", wrapped(items, signs(style).dot, kIndent, kIndent, style.width));
}

std::string rate_limit_line(const Style& style, const RateLimits& limits) {
  if (!rate_limits_are_near(limits)) return "";
  return line("quota", wrapped(rate_limit_list(limits), signs(style).dot, kIndent, kIndent, style.width));
}

// A path is never broken, so that it can be copied: one that does not fit beside the name gets a line of its own.
std::string files_line(const TextOptions& options, int exit_code) {
  std::string path = options.summary_path.empty() ? "none written" : options.summary_path;
  std::string endings;
  for (const std::string& ending : options.endings) endings += (endings.empty() ? "(" : " ") + ending;
  if (!endings.empty()) endings += ")";
  const std::string exit = fmt::format("exit {}", exit_code);
  const size_t width = options.style.width, end = width - 3;
  std::string out;
  if (kIndent + display_width(path) + 1 + endings.size() + 2 + exit.size() > width) {
    out = kIndent + display_width(path) <= width ? line("files", path) : "  files\n" + path + "\n";
    path.clear();
  }
  const std::string rest = path.empty() ? endings : endings.empty() ? path : path + " " + endings;
  const size_t used = kIndent + display_width(rest);
  const size_t gap = used + 2 + exit.size() <= end ? end - used - exit.size() : 2;
  return out + line(out.empty() ? "files" : "", rest + std::string(gap, ' ') + exit);
}

std::string verdict_line(const Style& style, const RunResult& result) {
  const Signs& sign = signs(style);
  const size_t failed = static_cast<size_t>(std::ranges::count(result.thresholds, false, &ThresholdResult::pass));
  const size_t all = result.thresholds.size();
  const std::string_view plural = all == 1 ? "" : "s";
  std::string left_part;
  if (all == 0) {
    left_part = fmt::format("{} no thresholds", sign.none);
  } else if (failed == 0) {
    left_part = paint(style, Color::green, fmt::format("{} PASSED {} threshold{}", sign.pass, all, plural));
  } else {
    left_part = paint(style, Color::red,
                      fmt::format("{} FAILED {} of {} threshold{}", sign.fail, failed, all, plural));
  }
  const auto& verdict = result.health.verdict;
  const Color color = !verdict                      ? Color::dim
                      : *verdict == Verdict::valid   ? Color::green
                      : *verdict == Verdict::suspect ? Color::yellow
                                                     : Color::red;
  const std::string_view mark = !verdict                      ? sign.none
                                : *verdict == Verdict::valid   ? sign.pass
                                : *verdict == Verdict::suspect ? sign.warn
                                                               : sign.fail;
  const std::string right_part = fmt::format("{} {}", mark, verdict_text(result.health));
  std::string out = left_part + "     " + paint(style, color, right_part) + "\n";
  if (!result.complete)
    out += paint(style, Color::yellow, fmt::format("{} INCOMPLETE: {}", sign.warn, ending_text(result))) + "\n";
  if (verdict && *verdict != Verdict::valid)
    for (const HealthReason& reason : result.health.reasons)
      out += "  " + std::string(reason.severity == Verdict::invalid ? sign.fail : sign.warn) + " " +
             wrapped_text(printable(style, reason_text(reason)), 4, 4, style.width) + "\n";
  return out;
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string terminal_report(const RunResult& result, const TextOptions& options) {
  using namespace report;
  const Style& style = options.style;
  std::string out = wrapped(headline(style, result), signs(style).dot, 0, 2, style.width) + "\n";
  out += verdict_line(style, result);
  const std::vector<Row> rows = rows_of(style, result);
  if (!rows.empty()) {
    out += "\n" + load_table(style, result, rows);
    out += "\n" + time_table(style, result, rows);
  }
  if (!result.hosts.empty()) out += "\n" + hosts_table(style, result.hosts);
  out += "\n" + errors_line(style, result);
  out += limits_line(style, result);
  for (const StageResult& stage : result.stages)
    if (stage.drift) out += drift_line(style, *stage.drift);
  out += balance_line(style, result.conservation);
  out += rate_limit_line(style, result.aggregate.rate_limits);
  out += tls_line(style, result.connections);
  out += generator_line(style, result.health);
  if (result.cost.total_usd) {
    std::string cost = fmt::format("${:.2f}", *result.cost.total_usd);
    if (result.cost.budget_usd) cost += fmt::format(" of ${:.2f}", *result.cost.budget_usd);
    out += line("cost", cost);
  }
  for (const std::string& note : all_notes(result))
    out += line("note", wrapped_text(printable(style, note), kIndent, kIndent, style.width));
  for (const std::string& warning : result.warnings)
    out += line("warning", wrapped_text(printable(style, warning), kIndent, kIndent, style.width));
  out += files_line(options, result.exit_code);
  if (!options.next.empty()) out += line("next", wrapped_text(options.next, kIndent, kIndent, style.width));
  return out;
}

}  // namespace ringload
