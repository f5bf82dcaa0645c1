#include "cli/github.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "cli/terminal.h"
#include "report/phrases.h"
#include "ringload/report.h"

namespace ringload::cli {
namespace {

// A command is one line; in its data these three are written as the runner reads them back.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else out += c;
  }
  return out;
}

std::string line(const char* level, const char* title, std::string_view text) {
  return std::string("::") + level + " title=" + title + "::" + escaped(text) + "\n";
}

}  // namespace

std::string annotations(const RunResult& result) {
  const TextStyle style;
  std::string text;
  for (const ThresholdResult& threshold : result.thresholds)
    if (!threshold.pass)
      text += line("error", "ringload threshold",
                   threshold.expr + " failed: " + report::threshold_name(threshold) + " " +
                       report::threshold_finding(style, threshold));
  if (result.health.verdict && *result.health.verdict != Verdict::valid) {
    std::string why = report::verdict_text(result.health);
    for (const HealthReason& reason : result.health.reasons) why += "\n" + report::reason_text(reason);
    text += line(*result.health.verdict == Verdict::invalid ? "error" : "warning", "ringload verdict", why);
  }
  return text;
}

void tell_github(const RunResult& result) {
  const char* actions = std::getenv("GITHUB_ACTIONS");
  if (actions == nullptr || *actions == 0 || std::strcmp(actions, "false") == 0) return;
  std::fputs(annotations(result).c_str(), stderr);
  const char* page = std::getenv("GITHUB_STEP_SUMMARY");
  if (page == nullptr || *page == 0) return;
  std::ofstream file(page, std::ios::app | std::ios::binary);
  file << markdown_report(result) << '\n';
  file.flush();
  if (!file) complain(std::string("cannot write the job summary ") + page);
}

}  // namespace ringload::cli
