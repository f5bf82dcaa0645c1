// URLs of targets: a base gets the protocol's own path, anything else is sent as given.
#include <algorithm>
#include <charconv>

#include "load/json_value.h"
#include "load/secret_text.h"
#include "ringload/profile_load.h"

namespace ringload {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// Nothing that would end the request line early or hide in a log: printable ASCII only.
bool is_path(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string Target::authority() const {
  std::string out = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  if (port != (https ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string Target::origin() const { return (https ? "https://" : "http://") + authority(); }

std::string Target::url() const { return origin() + load::redacted(path); }

std::expected<Target, std::string> parse_target(std::string_view url) {
  const auto bad = [&](std::string_view allowed) {
    return std::unexpected("found " + load::shown(url) + ", allowed: " + std::string(allowed));
  };
  constexpr std::string_view kAllowed = "a URL such as http://127.0.0.1:8080 or https://host/v1";
  Target target;
  std::string_view rest = url;
  const size_t scheme_end = rest.find("://");
  if (scheme_end == std::string_view::npos) return bad(kAllowed);
  const std::string scheme = lower(rest.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return bad("the schemes http and https");
  target.https = scheme == "https";
  rest.remove_prefix(scheme_end + 3);
  if (rest.find('#') != std::string_view::npos) return bad("a URL without a fragment");

  const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  std::string_view path = rest.substr(authority_end);
  if (authority.find('@') != std::string_view::npos) return bad("a URL without user information; use --vk or a header");
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return bad(kAllowed);
    target.host = lower(authority.substr(1, close - 1));
    if (target.host.find(':') == std::string::npos ||
        target.host.find_first_not_of("0123456789abcdef:.") != std::string::npos) {
      return bad("an IPv6 address between the brackets");
    }
    std::string_view behind = authority.substr(close + 1);
    has_port = behind.starts_with(':');
    if (!behind.empty() && !has_port) return bad(kAllowed);
    if (has_port) port = behind.substr(1);
  } else {
    const size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    target.host = lower(authority.substr(0, colon));
    if (has_port) port = authority.substr(colon + 1);
    if (target.host.empty() || target.host.size() > 253 ||
        !std::all_of(target.host.begin(), target.host.end(), is_host_char)) {
      return bad(kAllowed);
    }
  }
  target.port = target.https ? 443 : 80;
  if (has_port) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (error != std::errc() || end != port.data() + port.size() || value == 0 || value > 65'535) {
      return bad("a port from 1 to 65535");
    }
    target.port = static_cast<uint16_t>(value);
  }
  if (!is_path(path)) return bad("a path of printable ASCII; write other bytes as %XX");

  // A base: no path at all, or one that ends in /v1. A query string is always meant as given.
  const bool has_query = path.find('?') != std::string_view::npos;
  std::string_view prefix = path;
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  target.is_base = !has_query && (prefix.empty() || prefix.ends_with("/v1"));
  if (target.is_base) {
    if (prefix.ends_with("/v1")) prefix.remove_suffix(3);
    target.path = prefix;
  } else {
    target.path = path.starts_with('?') ? "/" + std::string(path) : std::string(path);
  }
  return target;
}

Target with_protocol_path(Target target, std::string_view protocol_path) {
  if (target.is_base) target.path += protocol_path;
  return target;
}

}  // namespace ringload
