// `ringload check`: validates, and prints what a run would need, each value with its origin. Sends nothing, but with
// --send one request for each scenario.
#include <fmt/format.h>

#include <filesystem>

#include "cli/abort_rules.h"
#include "cli/commands.h"
#include "cli/exchange_text.h"
#include "cli/exit_code.h"
#include "cli/plan_report.h"
#include "cli/preflight_report.h"
#include "cli/run_options.h"
#include "cli/run_plan.h"
#include "cli/signals.h"
#include "cli/start_time.h"
#include "cli/terminal.h"
#include "report/json_out.h"
#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

void write_exchange(report::JsonOut& out, const load::ScenarioPlan& plan, const PreflightAnswer& answer) {
  const Scenario& scenario = *plan.scenario;
  out.begin_object();
  out.key("scenario").string(scenario.name);
  out.key("target").string(scenario.target.url());
  out.key("request").string(request_text(plan));
  if (answer.status >= 0) out.key("status").number(static_cast<uint64_t>(answer.status));
  else out.key("status").null();
  out.key("error").string(error_class_name(answer.error));
  out.key("detail").string(without_keys(answer.detail, scenario));
  out.key("answer").string(printable(without_keys(answer.body, scenario), true));
  out.end_object();
}

// The requests that are shown are those that were sent: same salt, same identity.
int send_one_each(const Arguments& arguments, const Profile& profile) {
  SessionOptions options = session_options(arguments);
  options.stop_requests = &watch_signals();
  options.keep_good_bodies = true;
  options.jsonl_path.clear();
  auto session = Session::create(profile, options);
  if (!session) {
    return complain_of_session(session.error());
  }
  options.uuid_salt = (*session)->uuid_salt();
  const auto workload = workload_of(profile, options);
  const std::vector<PreflightAnswer> answers = (*session)->preflight();
  if (first_signal() != 0) return 128 + first_signal();
  std::string text, json;
  report::JsonOut out(json, 2);
  out.begin_array();
  bool all_ok = true;
  for (const PreflightAnswer& answer : answers) {
    const load::ScenarioPlan& plan = workload->scenarios()[answer.scenario];
    text += fmt::format("---- {} → {}\n{}\n---- answer\n{}\n", plan.scenario->name, plan.scenario->target.url(),
                        request_text(plan), answer_text(answer, *plan.scenario));
    write_exchange(out, plan, answer);
    all_ok = all_ok && answer.error == ErrorClass::ok;
  }
  out.end_array();
  if (arguments.flag("json")) print(json + "\n");
  else if (!arguments.flag("quiet")) print_text(text);
  return all_ok ? kPassed : kNothingMeasured;
}

// What is printed may be kept elsewhere.
Profile with_absolute_files(Profile profile) {
  for (Scenario& scenario : profile.scenarios)
    if (std::string& file = scenario.content.file; !file.empty())
      file = std::filesystem::absolute(std::filesystem::path(profile.file).parent_path() / file);
  return profile;
}

// So that a mistake in it comes to light here.
void read_what_a_run_alone_uses(const Arguments& arguments, const Profile& profile) {
  AbortRules::from(arguments, profile);
  planned_result(arguments, profile, 0, 0);
  on_or_off("html", arguments.value("html").value_or("on"));
  choice("live", arguments.value("live").value_or("auto"), {"auto", "tui", "plain", "off"});
  duration(arguments, "progress", 0);
  if (const auto at = arguments.value("start-at"))
    if (const auto parsed = parse_start(*at, unix_ms()); !parsed) throw UsageError("--start-at: " + parsed.error());
}

}  // namespace

int check_command(const Arguments& arguments) {
  if (arguments.flag("schema")) {
    print(profile_schema());
    return kPassed;
  }
  const Profile profile = effective_profile(arguments);
  if (arguments.flag("print-profile")) {
    print(print_profile(with_absolute_files(profile)));
    return kPassed;
  }
  read_what_a_run_alone_uses(arguments, profile);
  const CheckedPlan plan = check_plan(arguments, profile);
  if (!arguments.flag("send")) {
    if (arguments.flag("json")) print(plan_json(plan));
    else if (!arguments.flag("quiet")) print_text(plan_text(plan));
  }
  if (!plan.refusals.empty()) {
    std::string text = "a run would be refused:";
    for (const std::string& refusal : plan.refusals) text += "\n  " + refusal;
    complain(text);
    return kUsage;
  }
  return arguments.flag("send") ? send_one_each(arguments, profile) : kPassed;
}

}  // namespace ringload::cli
