#include "report/phrases.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/enum_names.h"
#include "report/figures.h"
#include "report/number.h"

namespace ringload::report {

std::string level_text(const Style& style, const StageResult& stage) {
  const std::string_view unit = stage.kind == StageKind::open ? "/s" : " VUs";
  if (stage.from == stage.to) return rate_text(stage.from) + std::string(unit);
  return fmt::format("{}{}{}{}", rate_text(stage.from), signs(style).range, rate_text(stage.to), unit);
}

std::string row_level_text(const Style& style, const StageResult& stage, const Stat& row) {
  if (&row == &stage.total || stage.scenarios.size() == 1) return level_text(style, stage);
  if (row.planned <= 0) return std::string(signs(style).none);
  return rate_text(row.planned) + (stage.kind == StageKind::open ? "/s" : " VUs");
}

std::string stage_text(const Style& style, const StageResult& stage) {
  std::string text = fmt::format("{} loop {}", name_of(stage.kind), level_text(style, stage));
  if (stage.kind == StageKind::open) text += fmt::format(" {}", name_of(stage.arrival));
  if (!stage.shape.empty()) text += fmt::format(" ({})", printable(style, stage.shape));
  return text;
}

namespace {

// The distinct values of one member: all of up to two, else how many.
std::string listed(const Style& style, const RunResult& result, std::string TargetInfo::*member,
                   std::string_view noun) {
  std::vector<std::string> values;
  for (const TargetInfo& target : result.targets)
    if (!(target.*member).empty() && std::ranges::find(values, target.*member) == values.end())
      values.push_back(target.*member);
  if (values.empty()) return "";
  if (values.size() <= 2) {
    std::string text = printable(style, values[0]);
    if (values.size() == 2) text += " and " + printable(style, values[1]);
    return text;
  }
  return fmt::format("{} {}", values.size(), noun);
}

}  // namespace

std::string length_text(const StageResult& stage) {
  const std::string time = duration_text(stage.duration_s);
  if (stage.max_requests == 0) return time;
  const std::string requests = count_text(stage.max_requests) + " requests";
  // A day stands for no bound in time.
  return stage.duration_s < 86'400 ? requests + " or " + time : requests;
}

std::vector<std::string> headline(const Style& style, const RunResult& result) {
  std::vector<std::string> parts{"ringload " + printable(style, result.command)};
  const std::string models = listed(style, result, &TargetInfo::model, "models");
  const std::string urls = listed(style, result, &TargetInfo::url, "targets");
  if (!urls.empty()) parts.push_back(models.empty() ? urls : models + " at " + urls);
  double seconds = 0, warmup = 0;
  for (const StageResult& stage : result.stages) {
    seconds += stage.duration_s;
    warmup = std::max(warmup, stage.warmup_s);
  }
  if (result.stages.size() == 1) {
    parts.push_back(stage_text(style, result.stages[0]));
    std::string time = length_text(result.stages[0]);
    if (warmup > 0) time += fmt::format(", the first {} warm-up", duration_text(warmup));
    parts.push_back(time);
  } else if (!result.stages.empty()) {
    std::string time = fmt::format("{} stages, {}", result.stages.size(), duration_text(seconds));
    if (warmup > 0) time += fmt::format(", {} warm-up in each", duration_text(warmup));
    parts.push_back(time);
  }
  return parts;
}

std::string percentile_text(const Style& style, const Samples& samples, double percentile, double timeout_s) {
  if (sample_count(samples) == 0) return std::string(signs(style).none);
  const auto value = percentile == 100 && samples.censored != 0 ? std::nullopt : percentile_of(samples, percentile);
  if (value) return ms_text(*value);
  return samples.censored != 0 ? ">" + duration_text(timeout_s) : std::string(signs(style).none);
}

std::string interval_text(const Style& style, const Samples& samples, double percentile) {
  const Interval* interval = interval_of(samples, percentile);
  const auto value = percentile_of(samples, percentile);
  if (interval == nullptr || !value) return "";
  if (interval->high_us < 0) return std::string(signs(style).infinity);
  return ms_text_like(std::max(interval->high_us - *value, *value - interval->low_us), *value);
}

std::string optional_percent(const Style& style, std::optional<double> share, int decimals) {
  return share ? percent_text(*share, decimals) + " %" : std::string(signs(style).none);
}

std::string optional_rate(const Style& style, std::optional<double> rate) {
  return rate ? measured_text(*rate) : std::string(signs(style).none);
}

namespace {

bool is_share(const ThresholdResult& t) { return t.metric == "error_rate" || t.metric == "goodput"; }
bool is_rate(const ThresholdResult& t) { return t.metric == "ok_rps" || t.metric == "rps"; }
bool is_tokens(const ThresholdResult& t) {
  return t.metric.starts_with("output_tokens_per_s") || t.metric.starts_with("stream_tokens_per_s");
}

}  // namespace

std::string_view threshold_unit(const ThresholdResult& t) {
  return is_share(t) ? "%" : is_rate(t) || is_tokens(t) ? "/s" : "ms";
}

std::string threshold_number(const ThresholdResult& t, double value) {
  return short_text(is_share(t) ? value * 100 : value);
}

std::string threshold_name(const ThresholdResult& t) {
  std::string name;
  if (t.stage != 0) name += fmt::format("stage{}:", t.stage);
  if (!t.scenario.empty()) name += t.scenario + ":";
  return name + t.metric;
}

std::string_view relation(const Style& style, const ThresholdResult& t) {
  const bool upper = t.op == "<=" || t.op == "<";  // holds when the value is small
  const bool strict = t.op == "<" || t.op == ">";
  const bool small = upper == t.pass;              // the value lies below the limit
  // A failed bound shows its opposite, which is strict when the bound was not.
  const bool shown_strict = t.pass ? strict : !strict;
  if (small) return shown_strict ? "<" : signs(style).at_most;
  return shown_strict ? ">" : signs(style).at_least;
}

std::string threshold_finding(const Style& style, const ThresholdResult& t) {
  if (!t.value) return t.note.empty() ? "no data" : printable(style, t.note);
  std::string value = threshold_number(t, *t.value), limit = threshold_number(t, t.limit);
  // Three digits may hide on which side of the limit the value lies.
  if (value == limit && *t.value != t.limit) {
    const double scale = is_share(t) ? 100 : 1;
    value = decimal_exact(*t.value * scale, 6);
    limit = decimal_exact(t.limit * scale, 6);
  }
  return fmt::format("{} {} {}", value, relation(style, t), limit);
}

std::string threshold_text(const Style& style, const ThresholdResult& t) {
  std::string text = threshold_name(t) + " " + threshold_finding(style, t);
  if (!t.value) return text;
  const std::string_view unit = threshold_unit(t);
  if (!unit.starts_with('/')) text += ' ';
  return text.append(unit);
}

namespace {

// The one status code that stands behind an HTTP class, 0 when there are several.
int only_code(const Stat& stat, ErrorClass error) {
  int found = 0;
  for (const auto& [code, count] : stat.status_codes) {
    bool fits = false;
    switch (error) {
      case ErrorClass::rate_limited: fits = code == 429; break;
      case ErrorClass::http_4xx: fits = code >= 400 && code < 500 && code != 429; break;
      case ErrorClass::http_5xx:
      case ErrorClass::overloaded: fits = code >= 500 && code < 600; break;
      case ErrorClass::http_other: fits = code < 400 && code != 200; break;
      default: return 0;
    }
    if (!fits || count == 0) continue;
    if (found != 0) return 0;
    found = code;
  }
  return found;
}

}  // namespace

std::vector<std::string> error_list(const Style& style, const Stat& total, const std::vector<const Stat*>& rows) {
  std::vector<std::pair<uint64_t, unsigned>> classes;
  for (unsigned i = 0; i < kErrorClasses; ++i)
    if (total.errors[i] != 0) classes.emplace_back(total.errors[i], i);
  std::ranges::stable_sort(classes, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> list;
  for (const auto& [count, index] : classes) {
    const auto error = static_cast<ErrorClass>(index);
    std::string text;
    if (const int code = only_code(total, error); code != 0) text += fmt::format("{} ", code);
    text += fmt::format("{} {}", error_class_name(error), count_text(count));
    if (rows.size() > 1) {
      std::map<std::string, uint64_t> by_label;
      for (const Stat* row : rows) by_label[row->label] += row->errors[index];
      for (const auto& [label, part] : by_label)
        if (by_label.size() > 1 && part * 4 >= count * 3)
          text += part == count ? fmt::format(" ({})", printable(style, label))
                                : fmt::format(" ({} {})", printable(style, label), count_text(part));
    }
    list.push_back(std::move(text));
  }
  return list;
}

std::vector<std::string> rate_limit_list(const RateLimits& limits) {
  const auto count = [](int64_t value) { return count_text(static_cast<uint64_t>(value)); };
  const auto seconds = [](int64_t ms) { return duration_text(static_cast<double>(ms) / 1000); };
  std::vector<std::string> list;
  for (size_t i = 0; i < kLimited; ++i) {
    const RateLimit& limit = limits.of[i];
    if (!limit.told()) continue;
    std::string text(name_of(static_cast<Limited>(i)));
    std::ranges::replace(text, '_', ' ');
    if (limit.remaining >= 0) text += " " + count(limit.remaining);
    if (limit.limit >= 0) text += (limit.remaining >= 0 ? " of " : " limited to ") + count(limit.limit);
    if (limit.remaining >= 0) text += " left at the lowest";
    if (limit.reset_ms >= 0) text += ", whole again in " + seconds(limit.reset_ms);
    list.push_back(std::move(text));
  }
  if (limits.retry_after > 0) {
    std::string text = fmt::format("retry-after {} time{}, {}", count_text(limits.retry_after),
                                   limits.retry_after == 1 ? "" : "s", seconds(limits.retry_after_ms_min));
    if (limits.retry_after_ms_max != limits.retry_after_ms_min) text += " to " + seconds(limits.retry_after_ms_max);
    list.push_back(std::move(text));
  }
  return list;
}

bool rate_limits_are_near(const RateLimits& limits) {
  return limits.retry_after > 0 || std::ranges::any_of(limits.of, [](const RateLimit& limit) {
           return limit.remaining >= 0 && limit.limit / 10 > limit.remaining;
         });
}

std::string verdict_text(const GeneratorHealth& health) {
  if (!health.verdict) return "verdict: not judged; the generator's own figures stand below";
  switch (*health.verdict) {
    case Verdict::valid: return "VALID: these figures are the target's, not the generator's";
    case Verdict::suspect: return "SUSPECT: the generator may show in these figures";
    case Verdict::invalid: return "INVALID: these figures are the generator's, not the target's";
  }
  return "";
}

std::string reason_text(const HealthReason& reason) {
  const bool share = reason.unit == "share";
  const auto number = [&](double value) { return short_text(share ? value * 100 : value); };
  const std::string unit = share ? " %" : reason.unit.empty() || reason.unit == "count" ? "" : " " + reason.unit;
  std::string text = reason.sign + " " + number(reason.value) + unit + ", limit " + number(reason.limit) + unit;
  if (reason.stage != 0) text += fmt::format(" (stage {})", reason.stage);
  if (!reason.detail.empty()) text += ": " + reason.detail;
  return text;
}

std::string ending_text(const RunResult& result) {
  if (result.complete) return "";
  switch (result.ended_by) {
    case EndedBy::plan: return "not everything planned was run";
    case EndedBy::sigint:
    case EndedBy::sigterm:
    case EndedBy::sighup: return fmt::format("stopped by {}", name_of(result.ended_by));
    case EndedBy::abort_on: return "ended by --abort-on";
    case EndedBy::budget: return "stopped by its budget";
    case EndedBy::preflight: return "preflight failed, no load was sent";
    case EndedBy::running: return "the run did not come to its end";
  }
  return "";
}

std::vector<std::string> all_notes(const RunResult& result) {
  std::vector<std::string> notes = result.notes;
  const bool closed = std::ranges::any_of(result.stages, [](const StageResult& stage) {
    return stage.kind == StageKind::closed && stage.total.requests != 0;
  });
  if (closed)
    notes.push_back("closed loop: a slow target is asked less often, so its percentiles leave that waiting out "
                    "(coordinated omission); an open loop shows it");
  for (const StageResult& stage : result.stages)
    if (stage.complete && stage.conservation.in_flight_at_stop != 0)
      notes.push_back(fmt::format("stage {}: {} requests were still open four stages later, when its figures were closed; "
                                  "they count as never answered, how they ended is in the JSONL only", stage.stage,
                                  count_text(stage.conservation.in_flight_at_stop)));
  if (result.aggregate.clamped != 0)
    notes.push_back(fmt::format("{} values were beyond the histograms' 1 h and count as 1 h",
                                count_text(result.aggregate.clamped)));
  if (result.aggregate.reply_truncated != 0)
    notes.push_back(fmt::format("{} replies were longer than planned and ended their conversations",
                                count_text(result.aggregate.reply_truncated)));
  if (result.aggregate.tokens_estimated != 0)
    notes.push_back(fmt::format("the tokens of {} replies were counted from events, usage was missing",
                                count_text(result.aggregate.tokens_estimated)));
  return notes;
}

}  // namespace ringload::report
