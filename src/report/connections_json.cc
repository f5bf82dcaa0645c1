#include "report/connections_json.h"

#include <fmt/format.h>

#include <utility>

#include "report/stat_json.h"
#include "report/stat_read.h"

namespace ringload::report {
namespace {

constexpr std::pair<std::string_view, Samples ConnectionFigures::*> kTimes[] = {
    {"dns", &ConnectionFigures::dns}, {"conn", &ConnectionFigures::connect}, {"tls", &ConnectionFigures::tls}};
constexpr std::pair<std::string_view, std::optional<uint64_t> ConnectionFigures::*> kCounts[] = {
    {"opened", &ConnectionFigures::opened},
    {"tls_handshakes", &ConnectionFigures::tls_handshakes},
    {"tls_resumed", &ConnectionFigures::tls_resumed}};

}  // namespace

void write_connections(JsonOut& out, const ConnectionFigures& connections) {
  out.begin_object();
  for (const auto& [key, count] : kCounts) {
    out.key(key);
    connections.*count ? out.number(*(connections.*count)) : out.null();
  }
  for (const auto& [name, samples] : kTimes) {
    out.key(fmt::format("{}_ms", name));
    write_samples_ms(out, connections.*samples);
  }
  out.key("histograms").begin_object();
  for (const auto& [name, samples] : kTimes) {
    const Histogram& values = (connections.*samples).values;
    if (!values.empty()) out.key(fmt::format("{}_us", name)).string(values.encode());
  }
  out.end_object().end_object();
}

std::expected<ConnectionFigures, std::string> read_connections(JsonValue json) {
  ConnectionFigures connections;
  for (const auto& [key, count] : kCounts) connections.*count = count_in(json, key);
  const auto histograms = member(json, "histograms");
  if (!histograms) return connections;
  for (const auto& [name, samples] : kTimes) {
    const std::string key = fmt::format("{}_us", name);
    if (auto read = read_histogram(*histograms, key, (connections.*samples).values); !read)
      return std::unexpected(read.error());
  }
  return connections;
}

}  // namespace ringload::report
