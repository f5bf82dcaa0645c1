#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace ringload::detail {

void assert_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "ringload: broken invariant at %s:%d: %s\nThis is a bug in ringload, please report it.\n", file,
               line, expression);
  std::abort();
}

}  // namespace ringload::detail
