// JUnit XML: one test case per threshold and stage, one for the verdict on the generator, one for completeness.
#include <fmt/format.h>

#include "report/enum_names.h"
#include "report/number.h"
#include "report/phrases.h"
#include "report/xml.h"
#include "ringload/report.h"

namespace ringload::report {
namespace {

struct Case {
  std::string name;
  std::string outcome;  // an XML element, or empty for a pass
};

std::string element(std::string_view tag, std::string_view message) {
  return fmt::format("<{} message=\"{}\"/>", tag, xml_escape(message));
}

std::vector<Case> threshold_cases(const RunResult& result) {
  const Style plain{.ascii = true};
  std::vector<Case> cases;
  for (const ThresholdResult& t : result.thresholds) {
    const std::string name = t.stage == 0 ? t.expr : fmt::format("{} [stage {}]", t.expr, t.stage);
    cases.push_back({name, t.pass ? "" : element("failure", threshold_text(plain, t))});
  }
  for (const std::string& off : result.thresholds_off) cases.push_back({off, element("skipped", "off")});
  return cases;
}

Case verdict_case(const GeneratorHealth& health) {
  std::string reasons;
  for (const HealthReason& reason : health.reasons) reasons += (reasons.empty() ? "" : "; ") + reason_text(reason);
  Case verdict{"generator verdict", ""};
  if (!health.verdict) {
    verdict.outcome = element("skipped", "not judged");
  } else if (*health.verdict == Verdict::invalid) {
    verdict.outcome = element("error", "invalid: " + reasons);
  } else if (*health.verdict == Verdict::suspect) {
    verdict.outcome = fmt::format("<system-out>{}</system-out>", xml_escape("suspect: " + reasons));
  }
  return verdict;
}

}  // namespace
}  // namespace ringload::report

namespace ringload {

std::string junit_report(const RunResult& result) {
  using namespace report;
  std::vector<Case> cases = threshold_cases(result);
  cases.push_back(verdict_case(result.health));
  cases.push_back({"complete", result.complete ? "" : element("error", ending_text(result))});
  size_t failures = 0, errors = 0, skipped = 0;
  for (const Case& one : cases) {
    failures += one.outcome.starts_with("<failure");
    errors += one.outcome.starts_with("<error");
    skipped += one.outcome.starts_with("<skipped");
  }
  const int64_t took_us = std::max<int64_t>(result.ended_unix_ms - result.started_unix_ms, 0) * 1000;
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const std::string counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", cases.size(),
                                         failures, errors, skipped);
  out += fmt::format("<testsuites {}>\n <testsuite name=\"ringload {}\" {} time=\"{}\" timestamp=\"{}\">\n", counts,
                     xml_escape(result.command), counts, seconds_exact(took_us),
                     rfc3339(result.started_unix_ms).substr(0, 19));
  for (const Case& one : cases) {
    out += fmt::format("  <testcase classname=\"ringload\" name=\"{}\"", xml_escape(one.name));
    out += one.outcome.empty() ? "/>\n" : fmt::format(">{}</testcase>\n", one.outcome);
  }
  return out + " </testsuite>\n</testsuites>\n";
}

}  // namespace ringload
