// Bodies in chunked coding. The first byte is not used, so that all targets can share a corpus.
#include <cstdint>

#include "check.h"
#include "reference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringload::fuzz;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  check({"chunked"}, bytes, reference_chunked(bytes));
  return 0;
}
