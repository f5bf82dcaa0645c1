#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiment/knee_report.h"
#include "report/number.h"
#include "report/style.h"
#include "report/table.h"

namespace ringload::experiment {
namespace {

using report::rate_text;

constexpr size_t kWhyWidth = 34;  // of the table's last column

std::string share_text(const BoundCount& count) {
  if (count.judged == 0) return "-";
  return fmt::format("{:.2f} %", 100 * static_cast<double>(count.bad) / static_cast<double>(count.judged));
}

// Rates of a search are no round numbers.
std::string per_second(double rate) { return rate_text(rate < 100 ? std::round(rate * 10) / 10 : std::round(rate)); }

std::string ms_of(const KneeReport& report, const KneeStep& step, int64_t BlockEnd::*which) {
  const auto end = report.ends.find(step.counts.number);
  return end == report.ends.end() || end->second.*which < 0 ? "-" : report::ms_text(end->second.*which);
}

std::string why_text(const KneeStep& step) {
  if (step.spoiled.disturbed) return "disturbed: " + step.spoiled.why;
  if (step.spoiled.own_limit) return "own limit: " + step.spoiled.why;
  std::string text = step.why;
  if (step.counts.ended_early) text += ", ended early";
  if (!step.counts.recovered) text += ", did not recover";
  return text;
}

std::string headline(const KneeReport& report) {
  const KneeAnswer& answer = report.answer;
  if (answer.lowest_fails) return fmt::format("no knee: even {}/s fails", per_second(report.min_rate));
  if (!answer.knee) return "no knee found: nothing could be measured";
  const std::string rate = per_second(*answer.knee);
  if (answer.limited_by == LimitedBy::generator)
    return fmt::format("knee at {}/s or above: generator-limited, at about {}/s this host was the bottleneck", rate,
                       per_second(answer.generator_limit.value_or(*answer.knee)));
  if (answer.at_max_rate) return fmt::format("knee at {}/s or above: no rate up to --max-rate fails", rate);
  if (std::isinf(answer.high)) return fmt::format("knee at {}/s or above: no failing rate was found in time", rate);
  return fmt::format("knee {}/s, {} to {}/s, limited by {}", rate, per_second(answer.low), per_second(answer.high),
                     answer.limited_by == LimitedBy::target ? "the target: it fell behind" : "the SLO");
}

// Score against rate, one line for each rate (those within 2 % as one), with the SLO's line at 1.
std::string curve(const KneeReport& report, const report::Style& style) {
  std::vector<const KneeStep*> steps;
  for (const KneeStep& step : report.steps)
    if (!step.spoiled.disturbed && !step.spoiled.own_limit) steps.push_back(&step);
  std::ranges::stable_sort(steps, {}, [](const KneeStep* step) { return step->counts.block.rate; });
  std::string out = "  rate/s      p50 ms   p99 ms   score   (SLO at 1)\n";
  const char* line = style.ascii ? "|" : "│";
  const char* full = style.ascii ? "#" : "█";
  for (size_t i = 0; i < steps.size();) {
    size_t end = i;
    double score = 0, rate = 0;
    while (end < steps.size() && steps[end]->counts.block.rate <= 1.02 * steps[i]->counts.block.rate) {
      score += steps[end]->score;
      rate += steps[end++]->counts.block.rate;
    }
    const auto n = static_cast<double>(end - i);
    const KneeStep& middle = *steps[(i + end - 1) / 2];
    score /= n;
    const int length = static_cast<int>(std::lround(score * 12));  // 12 columns are a score of 1
    std::string bar;
    for (int column = 0; column <= 36; ++column) bar += column == 12 ? line : column < length ? full : " ";
    while (bar.ends_with(' ')) bar.pop_back();
    out += fmt::format("  {:>8}  {:>8} {:>8}   {:>5.2f}   {}\n", per_second(rate / n),
                       ms_of(report, middle, &BlockEnd::p50_us),
                       ms_of(report, middle, &BlockEnd::p99_us), score, bar);
    i = end;
  }
  return out;
}

// What a lower rate buys: p99 of passing blocks at some shares of the knee.
std::string margin(const KneeReport& report) {
  if (!report.answer.knee || report.answer.limited_by == LimitedBy::generator) return {};
  std::string out;
  for (const double share : {1.0, 0.9, 0.8, 0.5}) {
    const KneeStep* best = nullptr;
    double nearest = 0.06;
    for (const KneeStep& step : report.steps) {
      const double off = std::abs(step.counts.block.rate / *report.answer.knee / share - 1);
      const bool counts = step.score <= 1 && !step.spoiled.disturbed && !step.spoiled.own_limit;
      if (off < nearest && counts) nearest = off, best = &step;
    }
    if (best == nullptr) continue;
    const std::string p99 = ms_of(report, *best, &BlockEnd::p99_us);
    if (p99 == "-") continue;
    out += fmt::format("{}{}/s ({:.0f} %): p99 {} ms", out.empty() ? "  margin     " : ", ",
                       per_second(best->counts.block.rate),
                       100 * best->counts.block.rate / *report.answer.knee, p99);
  }
  return out.empty() ? out : out + "\n";
}

}  // namespace

std::string step_line(const KneeReport& report, const KneeStep& step) {
  std::string out = fmt::format("{:<8} {:>8}/s  T {:>5}  sent {:>7}  answered {:>7}", phase_name(step.phase),
                                per_second(step.counts.block.rate),
                                report::duration_text(static_cast<double>(step.counts.block.window_ns) / 1e9),
                                step.counts.sent, step.counts.answered);
  for (size_t b = 0; b < report.bounds.size() && b < step.counts.bounds.size(); ++b)
    out += fmt::format("  {:>7}", share_text(step.counts.bounds[b]));
  return out + fmt::format("  score {:.2f}  {}", step.score, why_text(step));
}

std::string knee_text(const KneeReport& report, const TextStyle& style) {
  using report::Color;
  const KneeAnswer& answer = report.answer;
  const report::Signs& signs = report::signs(style);
  std::string out = "ringload knee" + std::string(signs.dot);
  out += report::wrapped({report::printable(style, report.target), "open loop " + report.arrival, report.slo},
                         signs.dot, report::display_width(out), 2, style.width) + "\n";
  const bool good = answer.knee && answer.complete && answer.limited_by != LimitedBy::generator;
  const Color color = good ? Color::green : answer.knee ? Color::yellow : Color::red;
  const std::string_view sign = good ? signs.pass : answer.knee ? signs.warn : signs.fail;
  out += report::paint(style, color, std::string(sign) + " " + headline(report)) + "\n";
  if (answer.soft.value_or(false))
    out += fmt::format("  soft knee: at {}/s, 0.9 of it, the score is above 0.5 already; +-5 % is not claimed\n",
                       per_second(0.9 * answer.knee.value_or(0)));
  if (answer.did_not_recover)
    out += fmt::format("  the target did not recover from {}/s: the last good rate failed after it\n",
                       per_second(*answer.did_not_recover));
  if (!answer.complete && !answer.did_not_recover && !answer.lowest_fails) {
    out += "  incomplete";
    if (answer.needed_limit_s)
      out += fmt::format(": --time-limit {:.0f}s would have been needed, or --resume with the JSON of this search",
                         std::ceil(report.time_limit_s + std::max(1.0, *answer.needed_limit_s)));
    out += "\n";
  }
  unsigned disturbed = 0;
  for (const KneeStep& step : report.steps) disturbed += step.spoiled.disturbed;
  if (answer.disturbed_blocks > 0)
    out += fmt::format("  {} of the blocks behind it were disturbed by others on this host, who did not rest\n",
                       answer.disturbed_blocks);
  else if (2 * disturbed > report.steps.size())
    out += fmt::format("  {} of {} blocks were disturbed by others on this host: stop them, or move them to other CPUs\n",
                       disturbed, report.steps.size());
  out += "\n";
  std::vector<report::Table::Column> columns{{"block", 0, true}, {"rate/s"}, {"T"}, {"sent"}, {"answered"}};
  for (size_t b = 0; b < report.bounds.size(); ++b) columns.push_back({fmt::format("bad {}", b + 1)});
  columns.insert(columns.end(), {{"score"}, {"in flight"}, {"why", 0, true}});
  report::Table table(style, columns);
  for (const KneeStep& step : report.steps) {
    std::vector<report::Cell> row{std::string(phase_name(step.phase)), per_second(step.counts.block.rate),
                                  report::duration_text(static_cast<double>(step.counts.block.window_ns) / 1e9),
                                  report::count_text(step.counts.sent), report::count_text(step.counts.answered)};
    for (const BoundCount& count : step.counts.bounds) row.emplace_back(share_text(count));
    const bool counts = !step.spoiled.disturbed && !step.spoiled.own_limit;
    row.emplace_back(counts ? fmt::format("{:.2f}", step.score) : std::string("-"));
    row.emplace_back(fmt::format("{:.0f}", step.counts.in_flight_mean));
    std::string why = why_text(step);  // whole in the JSON
    if (why.size() > kWhyWidth) why = why.substr(0, kWhyWidth - 3) + "...";
    row.emplace_back(std::move(why));
    table.row(std::move(row));
  }
  out += table.render();
  for (size_t b = 0; b < report.bounds.size(); ++b)
    out += fmt::format("  bad {}: beyond {}\n", b + 1, report.bounds[b].text);
  out += "\n" + curve(report, style) + "\n" + margin(report);
  if (!report.readings.empty()) {
    const Disturbance::Reading& last = report.readings.rbegin()->second;
    if (last.target_cpu) out += fmt::format("  target     {:.2f} CPUs in the last block\n", *last.target_cpu);
  }
  for (const std::string& note : report.notes) out += "  note       " + note + "\n";
  return out;
}

}  // namespace ringload::experiment
