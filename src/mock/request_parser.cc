#include "mock/request_parser.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace ringload::mock {
namespace {

constexpr unsigned kMaxLeadingEmptyLines = 4;

constexpr auto kTokenCharacter = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 0x20] = true;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_token(std::string_view text) {
  const auto in_table = [](char c) { return kTokenCharacter[static_cast<unsigned char>(c)]; };
  return !text.empty() && std::ranges::all_of(text, in_table);
}

// No control characters but the tab.
bool is_field_value(std::string_view text) {
  unsigned bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= static_cast<unsigned>(byte < 0x20) & static_cast<unsigned>(byte != '\t');
    bad |= static_cast<unsigned>(byte == 0x7f);
  }
  return bad == 0;
}

// `lower` is in lower case.
bool equals(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != lower[i]) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whether the comma-separated list names it.
bool list_has(std::string_view list, std::string_view lower) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (equals(trim(list.substr(0, comma)), lower)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// Takes the next line off `rest`, without its end; false when there is no whole one.
bool take_line(std::string_view& rest, std::string_view& line) {
  const void* end = std::memchr(rest.data(), '\n', rest.size());
  if (end == nullptr) return false;
  const auto length = static_cast<size_t>(static_cast<const char*>(end) - rest.data());
  line = rest.substr(0, length);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  rest.remove_prefix(length + 1);
  return true;
}

template <size_t N>
uint8_t copy_cut(char (&to)[N], std::string_view from) {
  static_assert(N <= 255);
  const size_t size = std::min(from.size(), N);
  std::memcpy(to, from.data(), size);
  return static_cast<uint8_t>(size);
}

RequestFault parse_request_line(std::string_view line, RequestHead& head) {
  const size_t first = line.find(' ');
  if (first == std::string_view::npos || !is_token(line.substr(0, first))) return RequestFault::request_line;
  const std::string_view method = line.substr(0, first);
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return RequestFault::request_line;
  std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (target.empty() || !is_field_value(target) || target.find('\t') != std::string_view::npos) {
    return RequestFault::request_line;
  }
  if (version == "HTTP/1.1") {
    head.http_1_0 = false;
  } else if (version == "HTTP/1.0") {
    head.http_1_0 = true;
  } else {
    return version.starts_with("HTTP/") ? RequestFault::version : RequestFault::request_line;
  }
  // The absolute form, as sent to proxies.
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const size_t authority = target.find("//") + 2;
    const size_t slash = target.find('/', authority);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  target = target.substr(0, target.find('?'));
  head.method = method == "POST" ? Method::post
                : method == "GET" ? Method::get
                : method == "HEAD" ? Method::head
                                   : Method::other;
  head.method_size = copy_cut(head.method_text, method);
  head.path_size = copy_cut(head.path_text, target);
  return RequestFault::none;
}

// What several fields say together.
struct Gathered {
  bool host = false;
  bool length = false;
  bool close = false;
  bool keep_alive = false;
};

RequestFault parse_length(std::string_view value, Gathered& seen, RequestHead& head) {
  if (value.empty() || value.size() > 18 || !std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) {
    return RequestFault::length;
  }
  uint64_t length = 0;
  for (const char c : value) length = length * 10 + static_cast<uint64_t>(c - '0');
  if (seen.length && length != head.content_length) return RequestFault::length;
  seen.length = true;
  head.content_length = length;
  return RequestFault::none;
}

RequestFault parse_field(std::string_view line, Gathered& seen, RequestHead& head) {
  size_t colon = 0;
  while (colon < line.size() && kTokenCharacter[static_cast<unsigned char>(line[colon])]) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') return RequestFault::field;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return RequestFault::field;
  switch (name.size()) {
    case 4:
      if (!equals(name, "host")) break;
      if (seen.host) return RequestFault::host;
      seen.host = true;
      break;
    case 6:
      if (equals(name, "expect")) head.expect_continue = equals(value, "100-continue");
      break;
    case 10:
      if (!equals(name, "connection")) break;
      seen.close = seen.close || list_has(value, "close");
      seen.keep_alive = seen.keep_alive || list_has(value, "keep-alive");
      break;
    case 12:
      if (!equals(name, "x-request-id")) break;
      head.request_id_size =
          value.size() <= sizeof head.request_id_text ? copy_cut(head.request_id_text, value) : uint8_t{0};
      break;
    case 14:
      if (equals(name, "content-length")) return parse_length(value, seen, head);
      break;
    case 17:
      if (!equals(name, "transfer-encoding")) break;
      if (head.chunked || head.http_1_0 || !equals(value, "chunked")) return RequestFault::transfer_encoding;
      head.chunked = true;
      break;
    default: break;
  }
  return RequestFault::none;
}

}  // namespace

int status_of(RequestFault fault) {
  switch (fault) {
    case RequestFault::version: return 505;
    case RequestFault::head_too_large: return 431;
    case RequestFault::body_too_large: return 413;
    case RequestFault::no_memory: return 503;
    default: return 400;
  }
}

std::string_view describe(RequestFault fault) {
  switch (fault) {
    case RequestFault::none: return "no fault";
    case RequestFault::request_line: return "The request line is malformed.";
    case RequestFault::version: return "Only HTTP/1.0 and HTTP/1.1 are served.";
    case RequestFault::field: return "A header field is malformed.";
    case RequestFault::host: return "An HTTP/1.1 request needs exactly one Host header.";
    case RequestFault::length: return "Content-Length is malformed or contradictory.";
    case RequestFault::transfer_encoding: return "Transfer-Encoding must be a single 'chunked'.";
    case RequestFault::head_too_large: return "The request's head is larger than 64 KiB.";
    case RequestFault::body_too_large: return "The request's body is larger than 16 MiB.";
    case RequestFault::chunk: return "The chunked body is malformed.";
    case RequestFault::no_memory: return "The server has no memory left for the request's body.";
  }
  return "";
}

RequestHeadParser::Step RequestHeadParser::parse(std::span<const char> bytes, RequestHead& head) {
  std::string_view rest(bytes.data(), bytes.size());
  const auto incomplete = [&]() -> Step {
    if (bytes.size() >= kMaxRequestHead) return {Status::bad, 0, RequestFault::head_too_large};
    searched_ = bytes.size();
    return {Status::more};
  };
  if (searched_ > 0) {
    // Not the first attempt: look at lines again only when the empty one has come.
    const std::string_view fresh = rest.substr(searched_ - std::min<size_t>(searched_, 3));
    if (fresh.find("\n\r\n") == std::string_view::npos && fresh.find("\n\n") == std::string_view::npos) {
      return incomplete();
    }
  }
  const auto bad = [](RequestFault fault) { return Step{Status::bad, 0, fault}; };

  std::string_view line;
  unsigned empty_lines = 0;
  do {
    if (empty_lines++ > kMaxLeadingEmptyLines) return bad(RequestFault::request_line);
    if (!take_line(rest, line)) return incomplete();
  } while (line.empty());
  head.chunked = head.expect_continue = false;
  head.content_length = 0;
  head.request_id_size = 0;
  if (const RequestFault fault = parse_request_line(line, head); fault != RequestFault::none) return bad(fault);
  Gathered seen;
  while (true) {
    if (!take_line(rest, line)) return incomplete();
    if (line.empty()) break;
    if (const RequestFault fault = parse_field(line, seen, head); fault != RequestFault::none) return bad(fault);
  }
  const size_t consumed = bytes.size() - rest.size();
  if (consumed > kMaxRequestHead) return bad(RequestFault::head_too_large);
  if (!seen.host && !head.http_1_0) return bad(RequestFault::host);
  if (head.chunked && seen.length) return bad(RequestFault::length);
  if (head.content_length > kMaxRequestBody) return bad(RequestFault::body_too_large);
  head.keep_alive = head.http_1_0 ? seen.keep_alive && !seen.close : !seen.close;
  searched_ = 0;
  return {Status::done, consumed};
}

}  // namespace ringload::mock
