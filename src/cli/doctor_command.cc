// `ringload doctor`: is this host fit to generate load?
#include <chrono>
#include <filesystem>
#include <thread>

#include "cli/calibration.h"
#include "cli/commands.h"
#include "cli/doctor_report.h"
#include "cli/exit_code.h"
#include "cli/host_info.h"
#include "cli/run_options.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "health/host_facts.h"

namespace ringload::cli {

int doctor_command(const Arguments& arguments) {
  const std::string root = arguments.value("root").value_or("");
  if (!root.empty() && !std::filesystem::is_directory(root + "/proc"))
    bad_value("root", root, "a directory that holds copies of /proc and /sys");
  const bool calibrating = arguments.flag("calibrate");
  if (calibrating && !root.empty()) throw UsageError("--calibrate and --root: give one of them");

  Diagnosis diagnosis;
  diagnosis.host = describe_host();
  // A copy does not change while one waits.
  const auto wait = [&] { std::this_thread::sleep_for(std::chrono::milliseconds(root.empty() ? 1000 : 0)); };
  diagnosis.facts = health::host_facts(health::HostFiles(root), io::linux_kernel(), wait);
  if (calibrating && diagnosis.fit()) {
    SessionOptions options = session_options(arguments);
    options.stop_requests = &watch_signals();
    auto calibration = calibrate(options);
    if (first_signal() != 0) return 128 + first_signal();
    if (!calibration) {
      complain("--calibrate: " + calibration.error());
      return kNothingMeasured;
    }
    diagnosis.calibration = *calibration;
  }
  const bool quiet = arguments.flag("quiet");
  if (arguments.flag("json")) {
    print(doctor_json(diagnosis));
  } else if (!quiet) {
    print(doctor_text(diagnosis, style_of_stdout(arguments)));
  }
  if (diagnosis.fit()) return kPassed;
  for (const health::HostFact& fact : diagnosis.facts)
    if (quiet && fact.fitness == health::Fitness::unfit)
      complain("unfit: " + fact.name + " is " + fact.value + ", wanted: " + fact.wanted + ". " + fact.remedy);
  return kFailed;
}

}  // namespace ringload::cli
