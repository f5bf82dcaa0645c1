#include "cli/preflight_report.h"

#include <string_view>

namespace ringload::cli {
namespace {

std::string remedy(const Scenario& scenario, const PreflightAnswer& answer) {
  switch (answer.error) {
    case ErrorClass::conn_refused:
      return "nothing listens at " + scenario.target.authority() + ": is the gateway running, and is the port right?";
    case ErrorClass::conn_timeout:
    case ErrorClass::conn_unreachable:
      return scenario.target.authority() + " cannot be reached from this host: check the address, routes and firewalls.";
    case ErrorClass::timeout: return "the target did not answer in time: see --timeout, or try a smaller --max-tokens.";
    case ErrorClass::http_protocol: return "what answers there does not speak HTTP/1.1; is it TLS, or another service?";
    case ErrorClass::bad_body:
    case ErrorClass::stream_incomplete:
      return "is this the right protocol for that path (--protocol, --stream)?";
    case ErrorClass::empty_completion: return "the model gave no text: try a larger --max-tokens.";
    default: break;
  }
  const std::string_view body = answer.body;
  if (answer.status == 401 || answer.status == 403)
    return "a key is missing or wrong: put it into an environment variable and name that with --vk-env.";
  if (answer.status == 404)
    return "the path tried was " + scenario.target.path +
           ": if the gateway serves another, give the whole URL; or the model \"" + scenario.model + "\" is unknown there.";
  if (answer.status == 400 && body.find("max_tokens") != std::string_view::npos)
    return "the model wants another name for max_tokens: set \"max_tokens_field\": \"max_completion_tokens\".";
  if (answer.status == 429) return "the target limits this key's rate: wait, or use another key.";
  if (answer.status >= 500) return "the target itself failed: look at its log.";
  if (answer.status >= 300 && answer.status < 400) return "redirects are not followed: give the final URL.";
  return "send the same request with `ringload check` settings by hand, and compare.";
}

// Control bytes of a peer do not reach the terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string preflight_failure(const Profile& profile, const std::vector<PreflightAnswer>& answers) {
  std::string text;
  for (const PreflightAnswer& answer : answers) {
    if (answer.error == ErrorClass::ok) continue;
    const Scenario& scenario = profile.scenarios[answer.scenario];
    if (!text.empty()) text += "\n";
    text += "preflight failed";
    if (profile.scenarios.size() > 1) text += " for scenario \"" + scenario.name + "\"";
    text += ": POST " + scenario.target.url() + "\n  ";
    text += answer.status >= 0 ? "status " + std::to_string(answer.status) + " (" : "no response (";
    text += std::string(error_class_name(answer.error)) + ")";
    if (!answer.detail.empty()) text += ": " + printable(answer.detail);
    if (!answer.body.empty()) text += "\n  answer: " + printable(answer.body);
    text += "\n  remedy: " + remedy(scenario, answer);
  }
  if (!text.empty()) text += "\n  (--no-preflight starts the load without asking first)";
  return text;
}

}  // namespace ringload::cli
