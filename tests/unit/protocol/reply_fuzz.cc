// The differential test as a libFuzzer target (link with -fsanitize=fuzzer); the unit test calls it on the fixtures.
// Input: one byte that picks the format, then events, a line each.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "differential.h"
#include "protocol/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringload::protocol;
  if (size == 0) return 0;
  const char* const name = data[0] % 2 == 0 ? "openai-chat" : "anthropic";
  std::vector<std::string> events(1);
  for (size_t i = 1; i < size; ++i) {
    if (data[i] == '\n') events.emplace_back();
    else events.back() += static_cast<char>(data[i]);
  }
  const DifferentialResult result = compare_ways(*find_adapter(name), events);
  if (!result.fault.empty()) {
    std::fprintf(stderr, "%s\n", result.fault.c_str());
    std::abort();
  }
  return 0;
}
