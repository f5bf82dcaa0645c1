#include "net/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace ringload::net {

std::expected<std::vector<Address>, std::string> resolve(const std::string& host, uint16_t port) {
  if (auto numeric = Address::parse(host, port)) return std::vector<Address>{*numeric};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (result == EAI_NONAME || result == EAI_ADDRFAMILY) {
    // AI_ADDRCONFIG ignores loopback interfaces: a host without any other still has localhost.
    hints.ai_flags = 0;
    result = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  }
  if (result != 0) return std::unexpected("cannot resolve \"" + host + "\": " + ::gai_strerror(result));
  std::vector<Address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    Address address;
    std::memcpy(&address.v6, entry->ai_addr, std::min<size_t>(entry->ai_addrlen, sizeof address.v6));
    address.size = entry->ai_addrlen;
    address.set_port(port);
    const bool known = std::any_of(addresses.begin(), addresses.end(),
                                   [&](const Address& other) { return other.text() == address.text(); });
    if (!known) addresses.push_back(address);
  }
  ::freeaddrinfo(list);
  if (addresses.empty()) return std::unexpected("cannot resolve \"" + host + "\": neither an IPv4 nor an IPv6 address");
  return addresses;
}

namespace {

std::string_view without_brackets(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::expected<FixedName, std::string> parse_fixed_name(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return std::unexpected(why + "; allowed: HOST:PORT:ADDR[,ADDR…] with numeric addresses, like "
                                 "gw.example:443:10.0.0.7");
  };
  FixedName name;
  // The host may be an IPv6 address too, in brackets.
  const size_t host_end = text.starts_with('[') ? text.find("]:") + 1 : text.find(':');
  if (host_end == std::string_view::npos || host_end == 0) return refuse("no port");
  const std::string_view rest = text.substr(host_end + 1);
  const size_t port_end = rest.find(':');
  if (port_end == std::string_view::npos) return refuse("no address");
  const std::string_view port = rest.substr(0, port_end);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), name.port);
  if (error != std::errc{} || end != port.data() + port.size() || name.port == 0)
    return refuse("what stands as port is none");
  name.host = without_brackets(text.substr(0, host_end));
  for (char& c : name.host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::string_view list = rest.substr(port_end + 1);
  for (size_t i = 0; i <= list.size();) {
    const size_t comma = std::min(list.find(',', i), list.size());
    const std::string word(without_brackets(list.substr(i, comma - i)));
    auto address = Address::parse(word, name.port);
    if (!address) return refuse("what stands as address is none");
    name.addresses.push_back(*address);
    i = comma + 1;
  }
  return name;
}

std::expected<std::vector<Address>, std::string> resolve(const std::string& host, uint16_t port,
                                                         const std::vector<FixedName>& fixed) {
  for (const FixedName& each : fixed)
    if (each.host == host && each.port == port) return each.addresses;
  return resolve(host, port);
}

}  // namespace ringload::net
