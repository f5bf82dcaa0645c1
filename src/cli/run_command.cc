// `ringload run`, read from top to bottom: profile, refusals, session, preflight, stages, reports, exit code.
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/output_files.h"
#include "cli/preflight_report.h"
#include "cli/progress_line.h"
#include "cli/run_options.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "tls/digest.h"
#include "report/thresholds.h"
#include "ringload/report.h"
#include "ringload/version.h"

namespace ringload::cli {
namespace {

int64_t unix_ms() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME, &t);
  return int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000;
}

HostInfo describe_host() {
  HostInfo host;
  utsname name{};
  if (::uname(&name) == 0) {
    host.name = name.nodename;
    host.kernel = name.release;
  }
  host.cpus = static_cast<uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  host.memory_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);) {
    if (!line.starts_with("model name")) continue;
    host.cpu_model = line.substr(std::min(line.size(), line.find(':') + 2));
    break;
  }
  return host;
}

std::map<std::string, std::string> labels_from(const Arguments& arguments) {
  std::map<std::string, std::string> labels;
  for (const std::string& label : arguments.all("label")) {
    const size_t equals = label.find('=');
    if (equals == 0 || equals == std::string::npos) bad_value("label", label, "NAME=VALUE");
    labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return labels;
}

ProgressLine progress_from(const Arguments& arguments, size_t stages) {
  const std::string text = arguments.value("live").value_or("auto");
  Live live = Live::plain;
  if (text == "auto") {
    live = stderr_is_terminal() ? Live::overwrite : Live::plain;
  } else if (text == "off") {
    live = Live::off;
  } else if (text != "plain") {
    bad_value("live", text, "auto, plain or off");
  }
  if (arguments.flag("quiet")) live = Live::off;
  return {live, static_cast<double>(duration(arguments, "progress", 30 * int64_t{1'000'000'000})) / 1e9, stages};
}

// Everything of the result that is known before the load.
RunResult planned_result(const Arguments& arguments, const Profile& profile, uint64_t seed) {
  RunResult result;
  result.version = RINGLOAD_VERSION;
  result.command = "run";
  result.profile_name = profile.name;
  result.profile_sha256 = tls::sha256_hex(print_profile(profile));
  result.seed = seed;
  result.labels = labels_from(arguments);
  result.host = describe_host();
  result.started_unix_ms = unix_ms();
  return result;
}

// Space for the reports, so that a JSONL that fills the disk does not take theirs.
class ReportReserve {
 public:
  explicit ReportReserve(const OutputFiles& files) {
    if (!files.writes()) return;
    path_ = files.path("reserve", "part");
    std::FILE* file = std::fopen(path_.c_str(), "wbe");
    if (file == nullptr) return;
    static const char zeros[64 * 1024] = {};
    for (int i = 0; i < 8; ++i) std::fwrite(zeros, 1, sizeof zeros, file);
    std::fclose(file);
  }
  ~ReportReserve() { release(); }
  void release() {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }

 private:
  std::string path_;
};

}  // namespace

int run_command(const Arguments& arguments) {
  const Profile profile = effective_profile(arguments);
  const bool quiet = arguments.flag("quiet");
  if (const auto missing = unsupported(profile); !missing.empty()) {
    std::string text = "the profile asks for what this version cannot do yet:";
    for (const std::string& feature : missing) text += "\n  " + feature;
    throw UsageError(text);
  }
  if (!arguments.flag("core-dumps")) {
    const rlimit none{0, 0};  // a dump would hold keys
    ::setrlimit(RLIMIT_CORE, &none);
  }
  if (!quiet)
    for (const std::string& note : profile.notes) std::fprintf(stderr, "note: %s\n", note.c_str());

  SessionOptions options = session_options(arguments);
  RunResult result = planned_result(arguments, profile, options.seed);
  ProgressLine progress = progress_from(arguments, profile.stages.size());
  OutputFiles files;
  if (const std::string out = arguments.value("out").value_or("runs"); out != "none") {
    auto created = OutputFiles::create(out, result.started_unix_ms / 1000);
    if (!created) throw UsageError(created.error());
    files = *created;
    if (jsonl_choice(arguments).on) options.jsonl_path = files.path("results", "jsonl");
  }
  options.stop_requests = &watch_signals();
  ReportReserve reserve(files);

  auto session = Session::create(profile, options);
  if (!session) {
    const bool target = session.error().starts_with("cannot resolve");
    complain(session.error());
    return target ? kNothingMeasured : kUsage;
  }
  result.uuid_salt = {};
  result.host.shards = (*session)->shards();

  if (!arguments.flag("no-preflight")) {
    const std::vector<PreflightAnswer> answers = (*session)->preflight();
    if (const std::string failure = preflight_failure(profile, answers); !failure.empty() && first_signal() == 0) {
      complain(failure);
      result.ended_by = EndedBy::preflight;
      result.exit_code = kNothingMeasured;
      result.pass = false;
      (*session)->finish(result);
      reserve.release();
      if (files.writes()) files.write(files.path("summary", "json"), summary_json(result));
      return kNothingMeasured;
    }
  }

  if (files.writes()) {
    const std::string failure = files.write(files.path("summary", "json"), summary_json(result));
    if (!failure.empty()) throw UsageError(failure);
    files.link_latest();
  }
  for (uint32_t i = 0; i < profile.stages.size() && first_signal() == 0; ++i) {
    result.stages.push_back((*session)->run_stage(profile.stages[i], i + 1,
                                                  [&](const Progress& p) { progress.show(p); }));
    progress.end_stage(result.stages.back());
    if (files.writes() && i + 1 < profile.stages.size()) files.write(files.path("summary", "json"), summary_json(result));
  }
  progress.clear();
  result.ended_unix_ms = unix_ms();
  (*session)->finish(result);
  session->reset();

  result.complete = first_signal() == 0 && result.stages.size() == profile.stages.size();
  result.ended_by = ended_by_signal(first_signal());
  report::judge(result, profile.thresholds);
  result.exit_code = exit_code_of(result, first_signal());

  // Reports. The summary first: the others can be made from it again.
  reserve.release();
  TextOptions text;
  text.style = style_of_stdout(arguments);
  if (files.writes()) {
    text.summary_path = files.path("summary", "json");
    text.endings = {".txt"};
    if (!options.jsonl_path.empty()) text.endings.push_back(".jsonl");
    text.endings.insert(text.endings.end(), {".csv", ".prom"});
    text.next = "ringload report " + text.summary_path + " --format md";
  }
  bool summary_lost = false;
  if (files.writes()) {
    const auto write = [&](const std::string& kind, const std::string& ending, const std::string& content) {
      const std::string failure = files.write(files.path(kind, ending), content);
      if (!failure.empty()) complain(failure);
      return failure.empty();
    };
    if (!write("summary", "json", summary_json(result))) summary_lost = true;
    TextOptions plain = text;
    plain.style = TextStyle{};
    write("report", "txt", detailed_report(result, plain));
    write("report", "csv", csv_report(result));
    write("metrics", "prom", prometheus_report(result));
    files.link_latest();
  }
  for (const std::string& warning : result.warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  if (arguments.flag("json")) {
    std::fputs(summary_json(result).c_str(), stdout);
  } else if (!quiet) {
    std::fputs(terminal_report(result, text).c_str(), stdout);
  }
  return summary_lost ? kUsage : result.exit_code;
}

}  // namespace ringload::cli
