// What ringload would report of streams, beside the stamps that `ringload mock --stamp` put into their events on the
// same host. Errors are the differences: of TTFT, first token's instant − its stamp (both count from the same intended
// instant); of ITL, reported gap − gap of the stamps, as an absolute value. The reported instants are the engine's
// own: an adapter that wraps OpenAI's looks at what the engine noted for the token before.
//
//   stamps_client TARGET STREAMS SECONDS TOKENS [CPU]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "engine/exchange.h"
#include "protocol/registry.h"
#include "ringload/profile_load.h"
#include "ringload/run.h"

namespace ringload {
namespace {

constexpr Nanos kWarmUp = kSecond;
constexpr std::string_view kKey = "\"mock_sent_ns\":";

const Adapter* real = nullptr;

// One shard writes, and nobody reads before it has ended.
struct Errors {
  std::vector<Nanos> first, gap, delay;
  void add(std::vector<Nanos>& to, Nanos value) {
    if (to.size() < to.capacity()) to.push_back(value);  // full: enough is known
  }
} errors;

struct StreamLog {
  Nanos pending = -1;                    // the stamp of the token whose instant is not known yet
  Nanos last_sent = -1, last_seen = -1;  // of the token before
};
std::vector<StreamLog> logs;  // by exchange
Nanos begun = -1, latest = -1;

const engine::Exchange& exchange_of(const Reply& reply) {
  static const engine::Exchange example{};
  static const auto offset =
      reinterpret_cast<const char*>(&example.reply) - reinterpret_cast<const char*>(&example);
  return *reinterpret_cast<const engine::Exchange*>(reinterpret_cast<const char*>(&reply) - offset);
}

void note(StreamLog& log, Nanos seen) {
  const Nanos sent = log.pending;
  log.pending = -1;
  if (begun < 0) begun = seen;
  latest = seen;
  if (seen - begun >= kWarmUp) {
    errors.add(errors.delay, seen - sent);
    if (log.last_seen < 0)
      errors.add(errors.first, seen - sent);
    else
      errors.add(errors.gap, std::abs((seen - log.last_seen) - (sent - log.last_sent)));
  }
  log.last_sent = sent;
  log.last_seen = seen;
}

ReplyPart on_event(ReplyParser& parser, Reply& reply, std::string_view type, std::span<char> data) {
  const Outcome& outcome = exchange_of(reply).outcome;
  StreamLog& log = logs[exchange_of(reply).index];
  if (outcome.first_token < 0)
    log = {};
  else if (log.pending >= 0)
    note(log, outcome.last_token);
  const std::string_view text(data.data(), data.size());
  const size_t at = text.rfind(kKey);
  const Nanos sent = at == text.npos ? -1 : std::strtoll(text.data() + at + kKey.size(), nullptr, 10);
  const ReplyPart part = real->on_event(parser, reply, type, data);
  if (part.has_token()) log.pending = sent;
  return part;
}

void print(const char* name, std::vector<Nanos>& values, const char* end) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double q) {
    if (values.empty()) return -1.0;
    return static_cast<double>(values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))]) * 1e-6;
  };
  std::printf("\"%s_ms\": {\"n\": %zu, \"p50\": %.4f, \"p90\": %.4f, \"p99\": %.4f, \"p999\": %.4f, "
              "\"max\": %.4f}%s",
              name, values.size(), at(0.5), at(0.9), at(0.99), at(0.999), at(1), end);
}

int run(const char* target, int streams, int seconds, int tokens, int cpu) {
  real = protocol::find_adapter("openai-chat");
  static Adapter watched = *real;
  watched.on_event = on_event;
  logs.resize(static_cast<size_t>(streams) + 2);
  errors.first.reserve(1 << 20);
  errors.gap.reserve(1 << 24);
  errors.delay.reserve(1 << 24);

  Overrides overrides;
  overrides.target = target;
  overrides.model = "stamps";
  overrides.stream = true;
  overrides.max_tokens = tokens;
  overrides.stages = std::to_string(streams) + ":" + std::to_string(seconds) + "s";
  overrides.warmup_ns = kWarmUp;
  const ProfileResult profile = profile_from_flags(Environment{[](auto) { return std::nullopt; }, {}}, overrides);
  if (!profile) return std::fprintf(stderr, "stamps_client: %s\n", profile.error().front().text().c_str()), 2;
  SessionOptions options;
  options.shards = 1;
  if (cpu >= 0) options.cpus = {cpu};
  options.extra_adapters = {&watched};
  auto session = Session::create(*profile, options);
  if (!session) return std::fprintf(stderr, "stamps_client: %s\n", session.error().c_str()), 2;
  const StageResult stage = (*session)->run_stage(profile->stages.front(), 1, {});
  RunResult result;
  (*session)->finish(result);
  if (stage.total.ok == 0 || errors.gap.empty())
    return std::fprintf(stderr, "stamps_client: no stamped tokens: run it against `ringload mock --stamp`\n"), 1;
  std::printf("{\"streams\": %d, \"tokens_per_s\": %.0f, ", streams,
              static_cast<double>(errors.delay.size()) * 1e9 / static_cast<double>(latest - begun - kWarmUp));
  print("ttft_error", errors.first, ", ");
  print("itl_error", errors.gap, ", ");
  print("delivery", errors.delay, "}\n");
  return 0;
}

}  // namespace
}  // namespace ringload

int main(int argc, char** argv) {
  if (argc < 5) return std::fprintf(stderr, "usage: stamps_client TARGET STREAMS SECONDS TOKENS [CPU]\n"), 2;
  return ringload::run(argv[1], std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]),
                       argc > 5 ? std::atoi(argv[5]) : -1);
}
