#include "cli/commands.h"
#include "mock/options.h"

namespace ringload::cli {

int mock_command(const Arguments& arguments) {
  mock::MockOptions options;
  const auto text = [&](std::string_view flag, std::string& into) {
    if (const auto value = arguments.value(flag)) into = *value;
  };
  const auto count = [&](std::string_view flag, int64_t fallback, int64_t highest) {
    return whole_number(arguments, flag, fallback, 1, highest);
  };
  text("listen", options.listen);
  text("tls", options.tls);
  text("ttft", options.ttft);
  text("itl", options.itl);
  text("service", options.service);
  text("fault", options.fault);
  text("outage", options.outage);
  text("freeze", options.freeze);
  text("limit", options.limit);
  options.shards = static_cast<unsigned>(count("shards", 1, 256));
  options.seed = static_cast<uint64_t>(whole_number(arguments, "seed", 1, 0, INT64_MAX));
  options.output_tokens = static_cast<uint32_t>(count("output-tokens", 0, 10'000'000));
  options.quiet = arguments.flag("quiet");
  options.stamp = arguments.flag("stamp");
  options.max_concurrency = static_cast<uint32_t>(count("max-concurrency", 0, 10'000'000));
  options.rpm = static_cast<uint64_t>(count("rpm", 0, 1'000'000'000'000));
  options.tpm = static_cast<uint64_t>(count("tpm", 0, 1'000'000'000'000'000));
  options.rps = decimal(arguments, "rps", 0, 1e-6, 1e9);
  options.burst = static_cast<uint32_t>(count("burst", 1, 1'000'000'000));
  options.slots = static_cast<uint32_t>(count("slots", 0, 1'000'000));
  if (arguments.value("queue"))
    options.queue = static_cast<uint32_t>(whole_number(arguments, "queue", 0, 0, 1'000'000'000));
  return mock::run_mock(options);
}

}  // namespace ringload::cli
