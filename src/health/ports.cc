#include "health/ports.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

namespace ringload::health {
namespace {

constexpr double kTimeWaitSeconds = 60;  // TCP_TIMEWAIT_LEN of the kernel, not a setting
constexpr unsigned kStateTimeWait = 6;   // TCP_TIME_WAIT in the column "st"

template <class T>
bool take_hex(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string_view take_word(std::string_view& line) {
  const size_t begin = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(begin);
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

// "0100007F:1F90": the address as words of memory, printed as numbers of the host's byte order.
bool parse(std::string_view word, net::Address& address) {
  const size_t colon = word.find(':');
  if (colon != 8 && colon != 32) return false;
  uint32_t words[4] = {};
  uint16_t port = 0;
  for (size_t i = 0; i < colon / 8; ++i)
    if (!take_hex(word.substr(8 * i, 8), words[i])) return false;
  if (!take_hex(word.substr(colon + 1), port)) return false;
  address = net::Address();
  if (colon == 8) {
    address.v4.sin_family = AF_INET;
    std::memcpy(&address.v4.sin_addr, words, 4);
    address.size = sizeof(sockaddr_in);
  } else {
    address.v6.sin6_family = AF_INET6;
    std::memcpy(&address.v6.sin6_addr, words, 16);
    address.size = sizeof(sockaddr_in6);
  }
  address.set_port(port);
  return true;
}

bool same(const net::Address& a, const net::Address& b) {
  if (a.family() != b.family() || a.port() != b.port()) return false;
  return a.family() == AF_INET ? a.v4.sin_addr.s_addr == b.v4.sin_addr.s_addr
                               : std::memcmp(&a.v6.sin6_addr, &b.v6.sin6_addr, 16) == 0;
}

std::string host_of(const net::Address& address) {
  const std::string text = address.text();
  return text.substr(0, text.rfind(':'));
}

}  // namespace

std::vector<PairPorts> port_use(const HostFiles& host, std::span<const net::Address> targets) {
  std::map<std::pair<std::string, std::string>, PairPorts> pairs;
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(host.where(path));
    std::string text;
    std::getline(file, text);  // the head
    while (std::getline(file, text)) {
      std::string_view line = text;
      take_word(line);  // "12:"
      const std::string_view local = take_word(line), remote = take_word(line), state_word = take_word(line);
      net::Address source, target;
      unsigned state = 0;
      if (!parse(remote, target) || !take_hex(state_word, state)) continue;
      const auto is_target = [&](const net::Address& wanted) { return same(wanted, target); };
      if (std::none_of(targets.begin(), targets.end(), is_target)) continue;
      if (!parse(local, source)) continue;
      PairPorts& pair = pairs[{host_of(source), target.text()}];
      ++(state == kStateTimeWait ? pair.time_wait : pair.connected);
    }
  }
  std::vector<PairPorts> found;
  for (auto& [names, pair] : pairs) {
    std::tie(pair.source, pair.target) = names;
    found.push_back(pair);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.taken() > b.taken(); });
  return found;
}

TimeWaitRules TimeWaitRules::read(const HostFiles& host) {
  const auto number = [&](const char* name, int64_t fallback) {
    return host.number(std::string("/proc/sys/net/ipv4/") + name).value_or(fallback);
  };
  TimeWaitRules rules;
  rules.reuse = number("tcp_tw_reuse", rules.reuse);
  rules.timestamps = number("tcp_timestamps", 1) != 0;
  rules.reuse_delay_ms = number("tcp_tw_reuse_delay", rules.reuse_delay_ms);
  rules.most_sockets = number("tcp_max_tw_buckets", rules.most_sockets);
  return rules;
}

TimeWaitForecast forecast_time_wait(const TimeWaitRules& rules, double closes_per_s, bool loopback) {
  const bool reused = rules.timestamps && (rules.reuse == 1 || (rules.reuse == 2 && loopback));
  const double blocked_s = reused ? static_cast<double>(rules.reuse_delay_ms) / 1000 : kTimeWaitSeconds;
  const auto bounded = [&](double sockets) {
    return static_cast<uint64_t>(std::ceil(std::clamp(sockets, 0.0, static_cast<double>(rules.most_sockets))));
  };
  return {bounded(closes_per_s * kTimeWaitSeconds), bounded(closes_per_s * std::min(blocked_s, kTimeWaitSeconds))};
}

}  // namespace ringload::health
