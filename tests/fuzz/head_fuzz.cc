// Responses. The first byte's lowest bit: the request was a HEAD.
#include <cstdint>

#include "check.h"
#include "reference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringload::fuzz;
  if (size == 0) return 0;
  const bool head_request = (data[0] & 1) != 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  check({"http", head_request ? "HEAD" : ""}, bytes, reference_http(bytes, head_request));
  return 0;
}
