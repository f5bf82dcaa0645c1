#include "load/head_template.h"

#include "load/header_list.h"

namespace ringload::load {

HeadTemplate make_head(const Profile& profile, const Scenario& scenario, const Adapter& adapter,
                       std::string_view version) {
  HeadTemplate head;
  std::string text = "POST " + scenario.target.path + " HTTP/1.1\r\n";
  const auto configured = [&](std::string_view name) { return find_header(scenario.headers, name) != nullptr; };
  const auto field = [&](std::string_view name, std::string_view value) {
    if (configured(name)) return;
    text.append(name).append(": ").append(value).append("\r\n");
  };
  const auto hole = [&](std::string_view name, HeadTemplate::Hole kind) {
    if (configured(name)) return;
    text.append(name).append(": ");
    head.parts.push_back({std::move(text), kind});
    text = "\r\n";
  };

  field("Host", scenario.target.authority());
  field("Content-Type", "application/json");
  // What the official clients send, for streams too.
  field("Accept", "application/json");
  field("Accept-Encoding", "identity");
  field("User-Agent", "ringload/" + std::string(version));
  if (profile.disable_keepalive) field("Connection", "close");
  for (const auto& [name, value] : adapter.headers) field(name, value);
  for (const Header& header : scenario.headers) {
    text.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (!profile.correlation.header.empty()) hole(profile.correlation.header, HeadTemplate::Hole::uuid);
  if (profile.correlation.traceparent) hole("traceparent", HeadTemplate::Hole::traceparent);
  head.tail = text + "Content-Length: ";

  head.max_bytes = head.tail.size() + 20 + 4;
  for (const HeadTemplate::Part& part : head.parts) {
    head.max_bytes += part.text.size() + (part.hole == HeadTemplate::Hole::uuid ? kUuidDigits : kTraceparentBytes);
  }
  return head;
}

}  // namespace ringload::load
