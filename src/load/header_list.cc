#include "load/header_list.h"

#include <algorithm>
#include <array>

#include "load/json_value.h"
#include "load/secret_text.h"

namespace ringload::load {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// Replaces each `${env:NAME}` and `${file:PATH}`; other text stays as it is.
std::expected<std::string, std::string> expand(std::string_view text, const Environment& environment,
                                               const std::string& folder) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t open = text.find("${", at);
    out += text.substr(at, open == std::string_view::npos ? open : open - at);
    if (open == std::string_view::npos) break;
    const size_t close = text.find('}', open);
    const std::string_view inside =
        close == std::string_view::npos ? std::string_view() : text.substr(open + 2, close - open - 2);
    if (inside.starts_with("env:")) {
      const std::string_view name = inside.substr(4);
      const auto value = environment.get(name);
      if (!value) return std::unexpected("the environment variable " + quote(name) + " is not set");
      out += *value;
    } else if (inside.starts_with("file:")) {
      std::string path(inside.substr(5));
      if (!path.starts_with('/') && !folder.empty()) path = folder + "/" + path;
      auto content = environment.read_file(path);
      if (!content) return std::unexpected(content.error());
      while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
      out += *content;
    } else {
      return std::unexpected("found " + shown(text.substr(open)) + ", allowed: ${env:NAME} or ${file:PATH}");
    }
    at = close + 1;
  }
  return out;
}

// Where a key comes from but not the key: "Bearer ${env:NAME}", "Bearer REPLACE_WITH_VK".
bool names_its_key(std::string_view text) {
  if (const size_t space = text.find(' '); space != std::string_view::npos) text.remove_prefix(space + 1);
  return text == kPlaceholder || (text.starts_with("${") && text.find('}') + 1 == text.size());
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

const Header* find_header(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (same_name(header.name, name)) return &header;
  }
  return nullptr;
}

void set_header(std::vector<Header>& headers, Header header) {
  for (Header& each : headers) {
    if (!same_name(each.name, header.name)) continue;
    each = std::move(header);
    return;
  }
  headers.push_back(std::move(header));
}

std::expected<Header, std::string> make_header(std::string_view name, std::string_view text,
                                               const Environment& environment, const std::string& folder) {
  if (!is_token(name)) {
    return std::unexpected("found the header name " + shown(name) + ", allowed: letters, digits and !#$%&'*+-.^_`|~");
  }
  for (const std::string_view framing : {"Content-Length", "Transfer-Encoding", "Connection", "Expect"}) {
    if (same_name(name, framing)) {
      return std::unexpected(std::string(framing) + " is the generator's own: it cannot be configured" +
                             (framing == "Connection" ? "; disable_keepalive closes connections" : ""));
    }
  }
  auto value = expand(text, environment, folder);
  if (!value) return std::unexpected(std::move(value.error()));
  const bool clean = std::none_of(value->begin(), value->end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
  if (!clean) return std::unexpected("found a control character (CR, LF, NUL …) in the value, allowed: none");
  // Reports quote headers, and reports are UTF-8.
  if (!is_utf8(*value)) return std::unexpected("found bytes that are not UTF-8 in the value, allowed: UTF-8");
  const bool hidden = (is_secret_name(name) || looks_like_key(text)) && !names_its_key(text);
  return Header{std::string(name), std::move(*value), hidden ? "<redacted>" : redacted(text)};
}

std::expected<Header, std::string> parse_header(std::string_view text, const Environment& environment) {
  const size_t colon = text.find(':');
  // The text is not echoed: it may be a key alone.
  if (colon == std::string_view::npos) return std::unexpected("found no colon, allowed: 'Name: value'");
  std::string_view value = text.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return make_header(text.substr(0, colon), value, environment, "");
}

}  // namespace ringload::load
