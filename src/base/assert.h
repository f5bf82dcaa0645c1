// Invariants of our own, checked in release too: a load generator that goes on after a broken invariant publishes
// wrong figures. Never for peer bytes, profiles or errno: those are handled.
#pragma once

namespace ringload::detail {
[[noreturn]] void assert_failed(const char* expression, const char* file, int line);
}

#define RINGLOAD_ASSERT(expression)  \
  (__builtin_expect(!!(expression), 1) ? void(0) : ::ringload::detail::assert_failed(#expression, __FILE__, __LINE__))
