#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "reference.h"
#include "text.h"

namespace ringload::fuzz {
namespace {

struct Head {
  std::string end;  // "" complete, "more", or why it is refused
  int status = 0;
  int minor = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  size_t bytes = 0;
};

bool control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }
bool blank(char c) { return c == ' ' || c == '\t'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string trim(std::string text) {
  while (!text.empty() && blank(text.back())) text.pop_back();
  while (!text.empty() && blank(text.front())) text.erase(0, 1);
  return text;
}

// "" when the bytes so far may begin a status line that is not complete; sets `length`, its line end included, when it
// is.
std::string judge_status_line(std::string_view bytes, size_t& length) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (i < 7 ? c != "HTTP/1."[i] : i == 7 ? c != '0' && c != '1' : i == 8 ? c != ' ' : i < 12 ? !digit(c) : false) {
      return "status_line";
    }
    if (i < 12) continue;
    if (c == '\n') {
      length = i + 1;
      return "";
    }
    if (c == '\r') {
      if (i + 1 == bytes.size()) return "";
      if (bytes[i + 1] != '\n') return "bare_cr";
      length = i + 2;
      return "";
    }
    if (control(c) || (i == 12 && c != ' ')) return "status_line";
  }
  return "";
}

// A complete line without its line end: adds it to the fields, or tells why not.
std::string take_line(std::string_view line, Head& head) {
  const bool continues = blank(line[0]);
  size_t at = 0;
  std::string name;
  if (!continues) {
    static const std::string kMarks = "!#$%&'*+-.^_`|~";
    while (at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) != 0 ||
                                (line[at] != '\0' && kMarks.find(line[at]) != kMarks.npos))) {
      name += line[at++];
    }
    if (at < line.size() && line[at] == '\r') return "bare_cr";
    if (name.empty() || at == line.size() || line[at] != ':') return "header_name";
    ++at;
  }
  for (size_t i = at; i < line.size(); ++i) {
    if (line[i] == '\r') return "bare_cr";
    if (control(line[i])) return "header_value";
  }
  const std::string value = trim(std::string(line.substr(at)));
  if (!continues) {
    if (head.fields.size() == 256) return "too_many_fields";
    head.fields.emplace_back(name, value);
    return "";
  }
  if (head.fields.empty()) return "header_name";
  std::string& joined = head.fields.back().second;
  joined += joined.empty() || value.empty() ? value : ' ' + value;
  return "";
}

Head read_head(std::string_view all) {
  Head head;
  const std::string_view bytes = all.substr(0, 65536);
  const std::string none_left = all.size() >= 65536 ? "head_too_large" : "more";
  size_t at = 0;
  head.end = judge_status_line(bytes, at);
  if (head.end.empty() && at == 0) head.end = none_left;
  if (!head.end.empty()) return head;
  head.minor = bytes[7] - '0';
  head.status = std::stoi(std::string(bytes.substr(9, 3)));
  if (head.status == 101) {
    head.end = "switching_protocols";
    return head;
  }
  while (true) {
    const size_t lf = bytes.find('\n', at);
    if (lf == bytes.npos) {
      head.end = none_left;
      return head;
    }
    std::string_view line = bytes.substr(at, lf - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = lf + 1;
    if (line.empty()) {
      head.bytes = at;
      return head;
    }
    head.end = take_line(line, head);
    if (!head.end.empty()) return head;
  }
}

std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> elements(1);
  for (const char c : list) {
    if (c == ',') {
      elements.emplace_back();
    } else {
      elements.back() += c;
    }
  }
  for (std::string& element : elements) element = trim(element);
  return elements;
}

// "no-body", "chunked", "until-close", "length=N", or "refused WHY".
std::string framing_of(const Head& head, bool head_request, bool& keep_alive) {
  std::vector<std::string> codings;
  std::optional<std::string> length;
  bool close = false, keep = false;
  for (const auto& [name, value] : head.fields) {
    if (lower(name) == "transfer-encoding") codings.push_back(lower(value));
    if (lower(name) == "content-length") {
      for (std::string element : split_list(value)) {
        if (element.empty() || !std::all_of(element.begin(), element.end(), digit)) return "refused content_length";
        element.erase(0, std::min(element.find_first_not_of('0'), element.size() - 1));
        const std::string largest = "9223372036854775807";
        if (element.size() > largest.size() || (element.size() == largest.size() && element > largest)) {
          return "refused content_length";
        }
        if (length && *length != element) return "refused content_length";
        length = element;
      }
    }
    if (lower(name) == "connection") {
      for (const std::string& option : split_list(lower(value))) {
        close |= option == "close";
        keep |= option == "keep-alive";
      }
    }
  }
  keep_alive = (head.minor == 1 || keep) && !close && !(!codings.empty() && length);
  if (head_request || head.status / 100 == 1 || head.status == 204 || head.status == 304) return "no-body";
  if (!codings.empty()) {
    return head.minor == 1 && codings == std::vector<std::string>{"chunked"} ? "chunked" : "refused transfer_encoding";
  }
  if (length) return "length=" + *length;
  keep_alive = false;
  return "until-close";
}

}  // namespace

std::string reference_http(std::string_view bytes, bool head_request) {
  Lines lines;
  size_t at = 0;
  std::string framing;
  for (int heads = 0;; ++heads) {
    Head head = read_head(bytes.substr(at));
    bool keep_alive = false;
    if (head.end.empty()) {
      framing = framing_of(head, head_request, keep_alive);
      if (framing.starts_with("refused ")) head.end = framing.substr(8);
    }
    if (!head.end.empty()) {
      lines.add(head.end == "more" ? "unfinished" : "refused " + head.end);
      return lines.text();
    }
    at += head.bytes;
    const bool interim = head.status / 100 == 1;
    lines.add((interim ? "interim " : "head ") + std::to_string(head.status) +
              (keep_alive ? " keep-alive " : " close ") + framing);
    for (const auto& [name, value] : head.fields) lines.add("field " + wire::quote(name) + " " + wire::quote(value));
    if (!interim) break;
    if (heads == 32) {
      lines.add("refused too_many_interim");
      return lines.text();
    }
  }

  std::string body, end;
  if (framing == "chunked") {
    end = read_chunked(bytes, at, body);
  } else if (framing != "no-body") {
    const uint64_t length = framing == "until-close" ? bytes.size() - at : std::stoull(framing.substr(7));
    body = bytes.substr(at, length);
    at += body.size();
    if (body.size() < length) end = "more";
  }
  if (!body.empty()) lines.add("body " + wire::quote(body));
  lines.add(end.empty() ? "end" : end == "more" ? "unfinished" : "refused " + end);
  if (end.empty() && at < bytes.size()) lines.add("rest " + wire::quote(bytes.substr(at)));
  return lines.text();
}

}  // namespace ringload::fuzz
