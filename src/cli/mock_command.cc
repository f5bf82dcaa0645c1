#include "cli/commands.h"
#include "mock/options.h"

namespace ringload::cli {

int mock_command(const Arguments& arguments) {
  mock::MockOptions options;
  if (const auto listen = arguments.value("listen")) options.listen = *listen;
  if (const auto ttft = arguments.value("ttft")) options.ttft = *ttft;
  if (const auto itl = arguments.value("itl")) options.itl = *itl;
  options.output_tokens = static_cast<uint32_t>(whole_number(arguments, "output-tokens", 0, 1, 10'000'000));
  options.shards = static_cast<unsigned>(whole_number(arguments, "shards", 1, 1, 256));
  return mock::run_mock(options);
}

}  // namespace ringload::cli
