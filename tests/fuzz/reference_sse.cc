// The algorithm of WHATWG HTML section 9.2.6 as it is written there, and the bound of an event's size beside it.
#include <optional>

#include "reference.h"
#include "text.h"

namespace ringload::fuzz {

std::string reference_sse(std::string_view bytes, size_t max_event_bytes) {
  constexpr std::string_view kBom = "\xef\xbb\xbf";
  if (kBom.starts_with(bytes)) return "";  // all of it, or what may become one
  Lines lines;
  std::string data, type;
  std::optional<size_t> kept_from;  // of the event: its first line that counts
  size_t at = bytes.starts_with(kBom) ? kBom.size() : 0;
  while (at < bytes.size()) {
    const size_t begin = at;
    while (at < bytes.size() && bytes[at] != '\r' && bytes[at] != '\n') ++at;
    const std::string line(bytes.substr(begin, at - begin));
    if (!line.empty() && at - kept_from.value_or(begin) > max_event_bytes) {
      lines.add("too_large");
      break;
    }
    if (at == bytes.size()) break;  // the line is not complete
    at += bytes.substr(at).starts_with("\r\n") ? 2 : 1;

    if (line.empty()) {
      if (!data.empty()) {
        data.pop_back();
        lines.add("event " + wire::quote(type) + " " + wire::quote(data));
      }
      data.clear();
      type.clear();
      kept_from.reset();
      continue;
    }
    const size_t colon = line.find(':');
    const std::string field = line.substr(0, colon);
    std::string value = colon == line.npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.erase(0, 1);
    if (field == "event") type = value;
    if (field == "data") data += value + '\n';
    if ((field == "event" || field == "data") && !kept_from) kept_from = begin;
  }
  return lines.text();
}

}  // namespace ringload::fuzz
