// `ringload check`: validates, and prints what a run would need, each value with its origin. Sends nothing, but with
// --send one request for each scenario.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exchange_text.h"
#include "cli/exit_code.h"
#include "cli/plan_report.h"
#include "cli/run_options.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "ringload/profile_load.h"

namespace ringload::cli {
namespace {

// The requests that are shown are those that were sent: same salt, same identity.
int send_one_each(const Profile& profile, SessionOptions options) {
  options.stop_requests = &watch_signals();
  options.keep_good_bodies = true;
  options.jsonl_path.clear();
  auto session = Session::create(profile, options);
  if (!session) {
    complain(session.error());
    return session.error().starts_with("cannot resolve") ? kNothingMeasured : kUsage;
  }
  options.uuid_salt = (*session)->uuid_salt();
  const auto workload = workload_of(profile, options);
  const std::vector<PreflightAnswer> answers = (*session)->preflight();
  if (first_signal() != 0) return 128 + first_signal();
  std::string text;
  bool all_ok = true;
  for (const PreflightAnswer& answer : answers) {
    const load::ScenarioPlan& plan = workload->scenarios()[answer.scenario];
    text += fmt::format("---- {} → {}\n{}\n---- answer\n{}\n", plan.scenario->name, plan.scenario->target.url(),
                        request_text(plan), answer_text(answer, *plan.scenario));
    all_ok = all_ok && answer.error == ErrorClass::ok;
  }
  print(text);
  return all_ok ? kPassed : kNothingMeasured;
}

}  // namespace

int check_command(const Arguments& arguments) {
  if (arguments.flag("schema")) {
    print(profile_schema());
    return kPassed;
  }
  const Profile profile = effective_profile(arguments);
  if (arguments.flag("print-profile")) {
    print(print_profile(profile));
    return kPassed;
  }
  const bool quiet = arguments.flag("quiet");
  const CheckedPlan plan = check_plan(arguments, profile);
  if (!arguments.flag("send")) {
    if (!quiet) print(arguments.flag("json") ? plan_json(plan) : plan_text(plan));
  }
  if (!plan.refusals.empty()) {
    std::string text = "a run would be refused:";
    for (const std::string& refusal : plan.refusals) text += "\n  " + refusal;
    complain(text);
    return kUsage;
  }
  return arguments.flag("send") ? send_one_each(profile, session_options(arguments)) : kPassed;
}

}  // namespace ringload::cli
