// A comparison in words and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/compare.h"
#include "report/json_out.h"
#include "report/number.h"
#include "report/table.h"

namespace ringload::report {
namespace {

std::string_view name_of(Change change) {
  switch (change) {
    case Change::same: return "same";
    case Change::better: return "better";
    case Change::worse: return "worse";
    case Change::regressed: return "regressed";
  }
  return "";
}

std::string percent_change(const Style& style, double change) {
  if (std::isinf(change)) return fmt::format("+{}", signs(style).infinity);
  const double percent = change * 100;
  const double size = std::fabs(percent);
  const std::string text = short_text(size < 10 ? std::round(size * 10) / 10 : std::round(size));
  return fmt::format("{}{} %", percent < 0 ? "-" : "+", text);
}

std::string value_text(const Style& style, Unit unit, double value) {
  if (std::isinf(value)) return std::string(signs(style).infinity);
  switch (unit) {
    case Unit::ms: return ms_text(std::llround(value * 1000));
    case Unit::share: return short_text(value * 100);
    case Unit::per_second: return measured_text(value);
  }
  return "";
}

}  // namespace

std::string change_text(const Style& style, const CompareLine& line) {
  const std::string_view unit = line.unit == Unit::ms ? " ms" : line.unit == Unit::share ? " %" : "/s";
  if (line.change == 0) return fmt::format("0 % ({}{})", value_text(style, line.unit, line.after), unit);
  return fmt::format("{} ({} {} {}{}, {})", percent_change(style, line.change),
                     value_text(style, line.unit, line.before),
                     signs(style).arrow, value_text(style, line.unit, line.after), unit, line.reason);
}

std::string compare_text(const Style& style, const Comparison& comparison) {
  const Signs& sign = signs(style);
  const auto count = [&](Change change) {
    return static_cast<size_t>(std::ranges::count(comparison.lines, change, &CompareLine::verdict));
  };
  std::string out = fmt::format("ringload compare{}{} run{} before{}{} run{} after\n", sign.dot, comparison.runs_before,
                                comparison.runs_before == 1 ? "" : "s", sign.dot, comparison.runs_after,
                                comparison.runs_after == 1 ? "" : "s");
  if (comparison.regressed()) {
    out += paint(style, Color::red, fmt::format("{} REGRESSED in {} of {} figures", sign.fail, count(Change::regressed),
                                                comparison.lines.size()));
  } else {
    out += paint(style, Color::green,
                 fmt::format("{} NO REGRESSION in {} figures", sign.pass, comparison.lines.size()));
  }
  if (const size_t worse = count(Change::worse); worse != 0)
    out += fmt::format("     {} {} worse, but maybe by chance", sign.warn, worse);
  out += "\n";

  const auto label_of = [&](const CompareLine& line) {
    return line.scenario.empty() ? "all" : shortened(style, printable(style, line.scenario), 32);
  };
  std::string stage;
  size_t scenario_width = 0, figure_width = 0;
  for (const CompareLine& line : comparison.lines) {
    scenario_width = std::max(scenario_width, display_width(label_of(line)));
    figure_width = std::max(figure_width, display_width(line.figure));
  }
  for (const CompareLine& line : comparison.lines) {
    if (line.stage != stage) out += "\n  " + printable(style, line.stage) + "\n";
    stage = line.stage;
    const std::string mark = line.verdict == Change::regressed ? paint(style, Color::red, sign.fail)
                             : line.verdict == Change::better  ? paint(style, Color::green, sign.pass)
                             : line.verdict == Change::worse   ? paint(style, Color::yellow, sign.warn)
                                                               : " ";
    const size_t used = 2 + 1 + 1 + scenario_width + 2 + figure_width + 2;
    out += fmt::format("  {} {}  {}  {}\n", mark, left(label_of(line), scenario_width), left(line.figure, figure_width),
                       wrapped_text(change_text(style, line), used, used, style.width));
  }
  if (!comparison.notes.empty()) out += "\n";
  for (const std::string& note : comparison.notes)
    out += "  note  " + wrapped_text(printable(style, note), 8, 8, style.width) + "\n";
  return out;
}

std::string compare_json(const Comparison& comparison) {
  std::string text;
  JsonOut out(text, 1);
  out.begin_object().key("regressed").boolean(comparison.regressed());
  out.key("runs_before").number(uint64_t{comparison.runs_before});
  out.key("runs_after").number(uint64_t{comparison.runs_after});
  out.key("notes").begin_array();
  for (const std::string& note : comparison.notes) out.string(note);
  out.end_array().key("figures").begin_array();
  for (const CompareLine& line : comparison.lines) {
    out.begin_object().flat(true).key("stage").string(line.stage).key("scenario");
    line.scenario.empty() ? out.null() : out.string(line.scenario);
    out.key("figure").string(line.figure);
    out.key("unit").string(line.unit == Unit::ms ? "ms" : line.unit == Unit::share ? "share" : "per_second");
    out.key("before").real(line.before).key("after").real(line.after).key("change").real(line.change);
    out.key("verdict").string(name_of(line.verdict)).key("reason").string(line.reason).end_object().flat(false);
  }
  out.end_array().end_object();
  text += '\n';
  return text;
}

}  // namespace ringload::report
