#include "cli/preflight_report.h"

#include <algorithm>

#include "cli/exit_code.h"
#include "cli/terminal.h"
#include "cli/tls_remedy.h"
#include "load/key_mask.h"
#include "load/secret_text.h"
#include "net/resolver.h"

namespace ringload::cli {
namespace {

constexpr size_t kBodyShown = 300;

// "localhost:4000 (127.0.0.1, ::1)": a name with what it leads to.
std::string address_tried(const Target& target, const std::vector<std::string>& fixed_names) {
  std::vector<net::FixedName> fixed;
  for (const std::string& text : fixed_names)
    if (auto name = net::parse_fixed_name(text)) fixed.push_back(std::move(*name));
  std::string out = target.authority(), list;
  const auto addresses = net::resolve(target.host, target.port, fixed);
  if (!addresses) return out;
  for (const net::Address& address : *addresses) {
    if (address.text() == target.authority()) return out;
    list += (list.empty() ? "" : ", ") + address.text();
  }
  return out + " (" + list + ")";
}

std::string remedy(const Scenario& scenario, const PreflightAnswer& answer,
                   const std::vector<std::string>& fixed_names) {
  switch (answer.error) {
    case ErrorClass::conn_refused:
      return "nothing listens at " + address_tried(scenario.target, fixed_names) +
             ": is the gateway running, and is the port right?";
    case ErrorClass::tls: return tls_remedy(scenario, answer.detail);
    case ErrorClass::eof:
    case ErrorClass::conn_reset:
      if (scenario.target.https || answer.status >= 0) break;
      return "the connection was dropped without an answer: does the port speak TLS (https://)? Else look at the "
             "target's log.";
    case ErrorClass::conn_timeout:
    case ErrorClass::conn_unreachable:
      return address_tried(scenario.target, fixed_names) +
             " cannot be reached from this host: check the address, routes and firewalls.";
    case ErrorClass::timeout: return "the target did not answer in time: see --timeout, or try a smaller --max-tokens.";
    case ErrorClass::http_protocol: return "what answers there does not speak HTTP/1.1; is it TLS, or another service?";
    case ErrorClass::bad_body:
    case ErrorClass::stream_incomplete:
      return "is this the right protocol for that path (--protocol, --stream)?";
    case ErrorClass::empty_completion: return "the model gave no text: try a larger --max-tokens.";
    default: break;
  }
  const std::string_view body = answer.body;
  if (std::string of_tls = tls_remedy_of_answer(scenario, body); !of_tls.empty() && answer.status == 400) return of_tls;
  if (answer.status == 401 || answer.status == 403)
    return "a key is missing or wrong: put it into an environment variable and name that with --vk-env.";
  if (answer.status == 404)
    return "the path tried was " + load::redacted(scenario.target.path) +
           ": if the gateway serves another, give the whole URL; or the model \"" + scenario.model +
           "\" is unknown there.";
  if (answer.status == 400 && body.find("max_tokens") != std::string_view::npos)
    return "the model wants another name for max_tokens: set \"max_tokens_field\": \"max_completion_tokens\".";
  if (answer.status == 429) return "the target limits this key's rate: wait, or use another key.";
  if (answer.status >= 500) return "the target itself failed: look at its log.";
  if (answer.status >= 300 && answer.status < 400) return "redirects are not followed: give the final URL.";
  return "`ringload check --send` with the same flags prints the exchange.";
}

// The length of the UTF-8 sequence at the front of `text`; 0: it is none.
size_t utf8_length(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t length = at(0) < 0x80             ? 1
                        : (at(0) & 0xe0) == 0xc0 ? 2
                        : (at(0) & 0xf0) == 0xe0 ? 3
                        : (at(0) & 0xf8) == 0xf0 ? 4
                                                 : 0;
  if (length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  return length;
}

// The first bytes, at most that many and no half character.
std::string beginning(std::string text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  text.resize(most);
  return text;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
  std::string out;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const size_t length = utf8_length(text);
    // C1 controls are two bytes in UTF-8, and mean the same to a terminal.
    const bool c1 = length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (length == 0) {
      out += '?';
    } else if (c1 || byte == 0x7f || (byte < 0x20 && !(lines && byte == '\n'))) {
      out += ' ';
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

std::string without_keys(std::string_view text, const Scenario& scenario) {
  std::string out(text);
  load::KeyMask(scenario).apply(out);
  return out;
}

int complain_of_session(const std::string& error) {
  const bool unresolved = error.starts_with("cannot resolve");
  const char* const remedy = "\n  remedy: is the name right? --resolve HOST:PORT:ADDR leads it to an address";
  complain(error + (unresolved ? remedy : ""));
  return unresolved ? kNothingMeasured : kUsage;
}

std::string preflight_failure(const Profile& profile, const std::vector<PreflightAnswer>& answers,
                              const std::vector<std::string>& fixed_names) {
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
    if (!answer.detail.empty()) text += ": " + printable(without_keys(answer.detail, scenario));
    if (!answer.body.empty())
      text += "\n  answer: " + printable(beginning(without_keys(answer.body, scenario), kBodyShown));
    text += "\n  remedy: " + remedy(scenario, answer, fixed_names);
  }
  if (!text.empty()) text += "\n  (--no-preflight starts the load without asking first)";
  return text;
}

}  // namespace ringload::cli
