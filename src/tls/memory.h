// BoringSSL's memory. What it allocates passes through hooks of this folder (OPENSSL_memory_alloc and siblings): freed
// pieces are wiped and kept by the thread that freed them, in size classes, so that handshakes take new memory only
// when no earlier one left any. Two things do not: the error queue of each thread, and the buffer through which libssl
// passes each record, which it takes from malloc and frees within the same call unless the record is cut.
#pragma once
#include <cstddef>
#include <cstdint>

namespace ringload::tls {

// Of the calling thread.
struct MemoryCounters {
  uint64_t taken = 0;     // pieces handed to BoringSSL
  uint64_t fresh = 0;     // … that had to come from malloc
  int64_t bytes = 0;      // handed out and not given back, headers included; a piece may come back on another thread
  int64_t bytes_peak = 0;
  size_t kept = 0;        // bytes kept for reuse, at most kMostKept
};
inline constexpr size_t kMostKept = 1 << 20;  // bytes a thread

MemoryCounters memory_counters();

}  // namespace ringload::tls
