// `ringload run`, read from top to bottom: profile, refusals, session, preflight, stages, reports, exit code.
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/time.h"
#include "cli/abort_rules.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/github.h"
#include "cli/output_files.h"
#include "cli/prediction.h"
#include "cli/preflight_report.h"
#include "cli/progress_line.h"
#include "cli/report_reserve.h"
#include "cli/reports.h"
#include "cli/run_options.h"
#include "cli/run_plan.h"
#include "cli/signals.h"
#include "cli/start_time.h"
#include "cli/target_cpu.h"
#include "cli/terminal.h"
#include "report/thresholds.h"
#include "ringload/report.h"

namespace ringload::cli {
namespace {

ProgressLine progress_from(const Arguments& arguments, size_t stages) {
  const std::string text = arguments.value("live").value_or("auto");
  const auto kind = choice("live", text, {"auto", "tui", "plain", "off"});
  const int64_t distance_ns = duration(arguments, "progress", 30 * kSecond);
  if (distance_ns < kSecond) bad_value("progress", *arguments.value("progress"), "a duration of at least 1s");
  Live live = kind == 2 || !stderr_is_a_real_terminal() ? Live::plain : Live::overwrite;
  if (kind == 3 || arguments.flag("quiet")) live = Live::off;
  return {live, static_cast<double>(distance_ns) / kSecond, stages};
}

void say(const Arguments& arguments, const char* kind, const std::string& text) {
  if (!arguments.flag("quiet")) tell(std::string(kind) + ": " + text);
}

// Throws UsageError when the name cannot be written to: found out now, not after hours.
std::string prom_file_of(const Arguments& arguments) {
  const std::string path = arguments.value("prom-file").value_or("");
  if (path.empty()) return path;
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  if (std::filesystem::is_directory(path, error) || ::access(folder.c_str(), W_OK | X_OK) != 0)
    bad_value("prom-file", path, "a file in a directory that can be written to");
  return path;
}

bool remove_if_empty(const std::string& path) {
  std::error_code error;
  return !path.empty() && std::filesystem::file_size(path, error) == 0 && !error && ::unlink(path.c_str()) == 0;
}

std::string nothing_measured(const RunResult& result) {
  if (result.conservation.scheduled == 0) return "nothing could be measured: no request was due";
  std::string text = "nothing could be measured: of " + std::to_string(result.conservation.scheduled) +
                     " requests none was answered well";
  for (size_t i = 0; i < kErrorClasses; ++i)
    if (const uint64_t n = result.aggregate.errors[i]; n > 0)
      text += ", " + std::string(error_class_name(static_cast<ErrorClass>(i))) + " " + std::to_string(n);
  return text;
}

class Run {
 public:
  explicit Run(const Arguments& arguments) : arguments_(arguments), profile_(effective_profile(arguments)) {}

  int run() {
    refuse_what_cannot_be();
    watch_signals();
    open_outputs();
    if (const int code = open_session(); code != kPassed) return code;
    write_snapshot();
    if (const int code = preflight(); code != kPassed) return code;
    if (start_at_) wait_until(*start_at_);
    run_stages();
    return finish();
  }

 private:
  // Everything that is wrong with the command or the plan comes to light here, before a file is made.
  void refuse_what_cannot_be() {
    refuse_unsupported(profile_);
    if (profile_.budget_usd) require_prices(profile_);
    result_ = planned_result(arguments_, profile_, session_options(arguments_).seed, unix_ms());
    result_.notes = profile_.notes;
    if (const std::string note = proxy_note(); !note.empty()) result_.notes.push_back(note);
    options_ = session_options(arguments_);
    abort_rules_ = AbortRules::from(arguments_, profile_);
    progress_ = progress_from(arguments_, profile_.stages.size());
    if (arguments_.value("pid")) {
      target_cpu_ = TargetCpu::watch(whole_number(arguments_, "pid", 0, 1, INT32_MAX));
      if (!target_cpu_) bad_value("pid", *arguments_.value("pid"), "the id of a process that runs on this host");
    }
    reports_.html = on_or_off("html", arguments_.value("html").value_or("on"));
    reports_.prom_file = prom_file_of(arguments_);
    if (const auto at = arguments_.value("start-at")) {
      const auto parsed = parse_start(*at, unix_ms());
      if (!parsed) throw UsageError("--start-at: " + parsed.error());
      if (*parsed < unix_ms() - 1000) bad_value("start-at", *at, "an instant that has not passed");
      start_at_ = *parsed;
    }
    if (const std::string out = arguments_.value("out").value_or("runs");
        out != "none" && jsonl_choice(arguments_).on) {
      const Prediction prediction = predict(*workload_of(profile_, options_));
      const std::string complaint = disk_complaint(prediction, options_.jsonl_sample, out);
      if (!complaint.empty() && !prediction.at_most) throw UsageError(complaint);
      if (!complaint.empty()) result_.warnings.push_back(complaint);
    }
    for (const std::string& note : result_.notes) say(arguments_, "note", note);
  }

  void open_outputs() {
    files_ = OutputFiles::of_flag(arguments_, result_.started_unix_ms / 1000);
    if (!files_.writes()) return;
    reserve_.take(files_.directory());
    if (!reserve_.failure().empty())
      throw UsageError("cannot write to the output directory \"" + files_.directory() + "\": " + reserve_.failure() +
                       ". Choose another --out, or none");
    if (jsonl_choice(arguments_).on) options_.jsonl_path = files_.path("results", "jsonl");
  }

  int open_session() {
    options_.stop_requests = &watch_signals();
    auto session = Session::create(profile_, options_);
    if (!session) {
      remove_if_empty(options_.jsonl_path);
      return complain_of_session(session.error());
    }
    session_ = std::move(*session);
    char salt[17];
    std::snprintf(salt, sizeof salt, "%016llx", static_cast<unsigned long long>(session_->uuid_salt()));
    result_.uuid_salt = salt;
    result_.host.shards = session_->shards();
    return kPassed;
  }

  int preflight() {
    if (arguments_.flag("no-preflight") || first_signal() != 0) return kPassed;
    const std::string failure = preflight_failure(profile_, session_->preflight(), options_.resolve);
    if (failure.empty() || first_signal() != 0) return kPassed;
    complain(failure);
    result_.ended_by = EndedBy::preflight;
    close_session();
    result_.pass = false;
    result_.exit_code = kNothingMeasured;
    reserve_.release();
    if (files_.writes()) write_summary(result_);
    if (arguments_.flag("json")) print(summary_json(result_));
    return kNothingMeasured;
  }

  void run_stages() {
    const auto on_progress = [&](const Progress& progress) {
      progress_.show(progress);
      alert_of_budget(progress);
      if (aborted_) return;
      aborted_ = abort_rules_.broken(*session_, progress);
      if (aborted_) stop_load();
    };
    if (first_signal() != 0) return;
    if (target_cpu_) target_cpu_->start();
    session_->run_stages(profile_.stages, 1, on_progress, [&](StageResult&& stage) {
      result_.stages.push_back(std::move(stage));
      progress_.end_stage(result_.stages.back());
      write_snapshot();
    });
    progress_.clear();
    if (target_cpu_) result_.health.target_cpu = target_cpu_->cpus();
    if (aborted_) result_.warnings.push_back("ended early by --abort-on " + *aborted_);
  }

  void alert_of_budget(const Progress& progress) {
    if (alerted_ || !profile_.budget_usd || !progress.spent_usd) return;
    const double share = *progress.spent_usd / *profile_.budget_usd;
    if (share * 100 < profile_.budget_alert_pct) return;
    alerted_ = true;
    progress_.clear();
    say(arguments_, "warning",
        fmt::format("{:.0f} % of the budget of ${:g} is spent", share * 100, *profile_.budget_usd));
  }

  int finish() {
    close_session();
    const int signal = first_signal();
    const bool all_run = result_.stages.size() == profile_.stages.size();
    result_.complete = signal == 0 && !aborted_ && all_run && result_.ended_by != EndedBy::budget;
    if (signal != 0) result_.ended_by = ended_by_signal(signal);
    else if (aborted_) result_.ended_by = EndedBy::abort_on;
    else if (result_.ended_by != EndedBy::budget) result_.ended_by = EndedBy::plan;
    report::judge(result_, profile_.thresholds);
    result_.exit_code = exit_code_of(result_, signal, arguments_.flag("allow-invalid"));

    if (result_.conservation.ok == 0) {
      result_.pass = false;
      if (signal == 0) complain(nothing_measured(result_));
    }

    reserve_.release();
    const bool written = write_reports(result_, files_, reports_);
    tell_github(result_);
    show_report(result_, arguments_, files_, reports_);
    return written ? result_.exit_code : kUsage;
  }

  void close_session() {
    result_.ended_unix_ms = unix_ms();
    session_->finish(result_);
    session_.reset();
    reports_.jsonl = !options_.jsonl_path.empty() && !remove_if_empty(options_.jsonl_path);
  }

  // Between stages. A disk that is full by now is told of once, at the end.
  void write_snapshot() {
    if (!files_.writes() || result_.stages.size() == profile_.stages.size()) return;
    files_.write_summary(summary_json(result_so_far(result_, profile_)));
    if (result_.stages.empty()) files_.link_latest();
  }

  void write_summary(const RunResult& result) {
    for (const std::string& failure : {files_.write_summary(summary_json(result)), files_.link_latest()})
      if (!failure.empty()) complain(failure);
  }

  const Arguments& arguments_;
  const Profile profile_;
  SessionOptions options_;
  RunResult result_;
  ProgressLine progress_;
  AbortRules abort_rules_;
  std::optional<TargetCpu> target_cpu_;
  ReportChoice reports_;
  std::optional<int64_t> start_at_;      // ms since 1970
  std::optional<std::string> aborted_;   // which rule, and its value
  bool alerted_ = false;                 // of the budget's end coming near
  OutputFiles files_;
  ReportReserve reserve_;
  std::unique_ptr<Session> session_;
};

}  // namespace

int run_command(const Arguments& arguments) {
  if (arguments.value("compare")) return compare_command(arguments);
  if (!arguments.flag("core-dumps")) {
    const rlimit none{0, 0};  // a dump would hold keys
    ::setrlimit(RLIMIT_CORE, &none);
  }
  return Run(arguments).run();
}

}  // namespace ringload::cli
