// Event streams. The first byte: the largest event, when it is not zero.
#include <cstdint>

#include "check.h"
#include "reference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringload::fuzz;
  if (size == 0) return 0;
  const size_t max_event_bytes = data[0] == 0 ? size_t{16} << 20 : data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  check({"sse", "max=" + std::to_string(max_event_bytes)}, bytes, reference_sse(bytes, max_event_bytes));
  return 0;
}
