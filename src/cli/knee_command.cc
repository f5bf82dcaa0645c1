// `ringload knee`: the highest open-loop rate at which a gateway still meets an SLO.
#include <sys/resource.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/host_info.h"
#include "cli/output_files.h"
#include "cli/prediction.h"
#include "cli/preflight_report.h"
#include "cli/run_options.h"
#include "cli/signals.h"
#include "cli/start_time.h"
#include "cli/terminal.h"
#include "experiment/knee.h"
#include "experiment/knee_slo.h"
#include "load/json_value.h"
#include "report/number.h"
#include "ringload/version.h"

namespace ringload::cli {
namespace {

using namespace experiment;

constexpr double kHighestRate = 1e6;  // on loopback, where nobody pays: no generator of one host gets there

double rate(const Arguments& arguments, std::string_view flag, double fallback) {
  const auto text = arguments.value(flag);
  if (!text) return fallback;
  const auto value = parse_rate(*text);
  if (!value) bad_value(flag, *text, value.error());
  if (!(*value > 0 && *value <= kHighestRate)) bad_value(flag, *text, "requests/s above 0, at most 1000000");
  return *value;
}

std::vector<Threshold> slo_of(const Arguments& arguments, const Profile& profile) {
  const auto text = arguments.value("slo");
  if (!text) return profile.thresholds;
  std::vector<Threshold> slo;
  for (size_t i = 0; i <= text->size();) {
    const size_t comma = std::min(text->find(',', i), text->size());
    auto one = parse_threshold(std::string_view(*text).substr(i, comma - i));
    if (!one) throw UsageError("--slo: " + one.error());
    slo.push_back(std::move(*one));
    i = comma + 1;
  }
  return slo;
}

bool is_local(const Profile& profile) {
  for (const Scenario& scenario : profile.scenarios) {
    const std::string& host = scenario.target.host;
    if (host != "localhost" && host != "::1" && !host.starts_with("127.")) return false;
  }
  return true;
}

const char* name_of(Arrival arrival) { return arrival == Arrival::constant ? "constant" : "poisson"; }

class Knee {
 public:
  explicit Knee(const Arguments& arguments) : arguments_(arguments), profile_(effective_profile(arguments)) {}

  int run() {
    plan();
    say_plan();
    watch_signals();
    files_ = OutputFiles::of_flag(arguments_, unix_ms() / 1000);
    SessionOptions options = session_options(arguments_);
    options.stop_requests = &watch_signals();
    auto session = Session::create(profile_, options);
    if (!session) {
      return complain_of_session(session.error());
    }
    if (!arguments_.flag("no-preflight")) {
      const std::string failure = preflight_failure(profile_, (*session)->preflight(), options.resolve);
      if (first_signal() != 0) return 128 + first_signal();
      if (!failure.empty()) {
        complain(failure);
        return kNothingMeasured;
      }
    }
    run_.on_step = [this](const KneeStep& step) {
      if (!arguments_.flag("quiet")) tell(step_line(report_, step));
    };
    const bool budget_spent = search_knee(**session, run_, report_);
    session->reset();
    return finish(budget_spent);
  }

 private:
  void plan() {
    refuse_unsupported(profile_);
    const auto arrival = arguments_.value("arrival").value_or("poisson");
    if (arrival == "gamma") bad_value("arrival", arrival, "poisson or constant");
    run_.arrival = choice("arrival", arrival, {"poisson", "constant"}) == 1 ? Arrival::constant : Arrival::poisson;
    run_.search.start = rate(arguments_, "start", 50);
    run_.search.min_rate = rate(arguments_, "min-rate", std::min(1.0, run_.search.start));
    run_.search.max_rate = rate(arguments_, "max-rate", std::numeric_limits<double>::infinity());
    if (run_.search.min_rate > run_.search.start || run_.search.max_rate < run_.search.start)
      throw UsageError("--start: found " + report::rate_text(run_.search.start) +
                       ", allowed: from --min-rate to --max-rate");
    run_.time_limit_ns = duration(arguments_, "time-limit", run_.time_limit_ns);
    if (run_.time_limit_ns < 10'000'000'000)
      bad_value("time-limit", *arguments_.value("time-limit"), "a duration of at least 10s");
    const int64_t turns = whole_number(arguments_, "turns", 1, 1, 1000);
    for (Scenario& scenario : profile_.scenarios) scenario.turns = {turns, turns};
    run_.search.mean_turns = static_cast<double>(turns);

    auto bounds = knee_bounds(slo_of(arguments_, profile_), profile_);
    if (!bounds) throw UsageError(bounds.error());
    report_.bounds = *bounds;
    run_.search.tail_ns = longest_bound(report_.bounds);

    const bool local = is_local(profile_);
    if (!local && std::isinf(run_.search.max_rate) && !profile_.budget_usd)
      throw UsageError("off loopback a search needs --max-rate R (requests/s) or --budget-usd X: it doubles its rate "
                       "until the target fails");
    const auto pid = arguments_.value("pid");
    run_.target_pid = pid ? static_cast<int>(whole_number(arguments_, "pid", 0, 1, 1 << 22))
                          : local ? listener_of(profile_.scenarios.front().target.port) : 0;
    // Memory, descriptors and ports are planned for the highest rate.
    Stage stage;
    stage.loop = Loop::open;
    stage.duration_ns = run_.time_limit_ns;
    const double highest = std::min(run_.search.max_rate, kHighestRate);
    stage.legs = {{highest, highest, stage.duration_ns}};
    profile_.stages = {stage};
    profile_.thresholds.clear();
    profile_.warmup_ns = 0;

    report_.target = profile_.scenarios.front().model + " at " + profile_.scenarios.front().target.url();
    report_.arrival = name_of(run_.arrival);
    for (const KneeBound& bound : report_.bounds) report_.slo += (report_.slo.empty() ? "" : ",") + bound.text;
    report_.start = run_.search.start;
    report_.min_rate = run_.search.min_rate;
    if (std::isfinite(run_.search.max_rate)) report_.max_rate = run_.search.max_rate;
    report_.time_limit_s = static_cast<double>(run_.time_limit_ns) / 1e9;
    report_.version = RINGLOAD_VERSION;
    if (const std::string note = proxy_note(); !note.empty()) report_.notes.push_back(note);
    if (run_.search.tail_ns > 10'000'000'000)
      report_.notes.push_back("bounds above 10 s cannot be waited for: what is open 10 s after a window is not judged");
    if (const auto file = arguments_.value("resume")) resume(*file);
  }

  void resume(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw UsageError("--resume: cannot read " + load::shown(path));
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto steps = read_knee_json(text, report_);
    if (!steps) throw UsageError("--resume: " + load::shown(path) + ": " + steps.error());
    run_.resumed = std::move(*steps);
    report_.notes.push_back(std::to_string(run_.resumed.steps.size()) + " blocks are those of " + path);
  }

  // The worst case, before anything is sent.
  void say_plan() {
    const Prediction most = predict(*workload_of(profile_, session_options(arguments_)));
    const double each = most.cost_usd && *most.requests > 0 ? *most.cost_usd / *most.requests : 0;
    if (profile_.budget_usd && each > 0) run_.most_requests = static_cast<uint64_t>(*profile_.budget_usd / each);
    if (profile_.budget_usd && each == 0)
      throw UsageError("--budget-usd: needs the profile's prices of every model, and max_tokens");
    if (arguments_.flag("quiet")) return;
    std::string text = "plan: at most " + report::duration_text(report_.time_limit_s);
    if (report_.max_rate || run_.most_requests < UINT64_MAX) {
      const double requests = std::min(*most.requests, static_cast<double>(run_.most_requests));
      text += ", " + report::count_text(static_cast<uint64_t>(requests)) + " requests";
      if (each > 0) text += ", $" + report::short_text(requests * each);
    } else {
      text += "; the target is on this host and the rate has no bound";
    }
    tell(text);
  }

  int finish(bool budget_spent) {
    if (budget_spent) report_.notes.push_back("ended by the budget");
    const std::string json = knee_json(report_);
    std::string written;
    bool failed = false;
    if (files_.writes()) {
      written = files_.path("knee", "json");
      if (const std::string reason = write_atomically(written, json); !reason.empty()) {
        complain(reason);
        failed = true;
      }
    }
    if (arguments_.flag("json")) {
      print(json);
    } else if (!arguments_.flag("quiet")) {
      std::string text = knee_text(report_, style_of_stdout(arguments_));
      if (!written.empty() && !failed) text += "  files      " + written + "\n";
      if (!report_.answer.complete && !report_.answer.did_not_recover && !written.empty())
        text += "  next       ringload knee ... --resume " + written + "\n";
      print_text(text);
    }
    if (failed) return kUsage;
    if (first_signal() != 0) return 128 + first_signal();
    const KneeAnswer& answer = report_.answer;
    if (!answer.knee && !answer.lowest_fails) {
      complain("no knee: of " + std::to_string(report_.steps.size()) + " blocks none could be judged");
      return kNothingMeasured;
    }
    if (answer.limited_by == LimitedBy::generator) return kGeneratorLimited;
    if (budget_spent) return kBudget;
    return answer.lowest_fails ? kFailed : kPassed;
  }

  const Arguments& arguments_;
  Profile profile_;
  KneeRun run_;
  KneeReport report_;
  OutputFiles files_;
};

}  // namespace

int knee_command(const Arguments& arguments) {
  if (!arguments.flag("core-dumps")) {
    const rlimit none{0, 0};  // a dump would hold keys
    ::setrlimit(RLIMIT_CORE, &none);
  }
  return Knee(arguments).run();
}

}  // namespace ringload::cli
