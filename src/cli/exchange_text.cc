#include "cli/exchange_text.h"

#include <vector>

#include "cli/preflight_report.h"
#include "load/conversation.h"
#include "load/secret_text.h"

namespace ringload::cli {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
  return true;
}

// A header line as it may be shown.
std::string shown_line(std::string_view line, const Scenario& scenario) {
  const std::string_view name = line.substr(0, line.find(':'));
  for (const Header& header : scenario.headers)
    if (same_name(header.name, name)) return std::string(name) + ": " + header.shown;
  return load::redacted(line);  // the request line may hold a key too
}

}  // namespace

std::string request_text(const load::ScenarioPlan& plan) {
  std::vector<uint64_t> memory(plan.conversation_bytes / 8 + 1);
  load::Conversation conversation;
  conversation.begin(plan, {0, plan.index, 0, 0}, {reinterpret_cast<char*>(memory.data()), memory.size() * 8});
  std::vector<std::string_view> pieces(plan.max_pieces);
  BodyWriter body(pieces);
  conversation.encode(body);
  std::string head(plan.head.max_bytes, '\0');
  head.resize(conversation.render_head(head, body.bytes()));

  std::string text;
  for (size_t i = 0; i < head.size();) {
    const size_t end = std::min(head.find("\r\n", i), head.size());
    if (end > i) text += shown_line(std::string_view(head).substr(i, end - i), *plan.scenario) + "\n";
    i = end + 2;
  }
  text += "\n";
  std::string sent;
  for (const std::string_view piece : body.spans()) sent += piece;
  return without_keys(text + load::redacted(sent), *plan.scenario) + "\n";
}

std::string answer_text(const PreflightAnswer& answer, const Scenario& scenario) {
  std::string text = answer.status < 0 ? "no response" : "HTTP status " + std::to_string(answer.status);
  if (answer.error != ErrorClass::ok) text += " (" + std::string(error_class_name(answer.error)) + ")";
  if (!answer.detail.empty()) text += ": " + printable(without_keys(answer.detail, scenario));
  if (!answer.body.empty()) text += "\n\n" + printable(without_keys(answer.body, scenario), true);
  return text + "\n";
}

}  // namespace ringload::cli
