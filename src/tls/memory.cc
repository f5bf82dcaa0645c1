#include "tls/memory.h"

#include <bit>
#include <cstdlib>
#include <cstring>

#include "base/alloc_guard.h"

namespace ringload::tls {
namespace {

// Stands before every piece; keeps it aligned to 16 bytes as malloc's are.
struct alignas(16) Header {
  uint32_t size_class;  // kClasses: too large to be kept
  uint32_t pad;
  size_t size;  // as asked for
};
static_assert(sizeof(Header) == 16);

struct Free {
  Free* next;
};

// Four classes for each doubling from 16 bytes to 32 KiB (a TLS record and its frame are 16.7 KB at most).
constexpr unsigned kClasses = 1 + 4 * 11;
constexpr size_t kLargestClass = 32768;

constexpr unsigned class_of(size_t size) {
  if (size <= 16) return 0;
  const unsigned doubling = static_cast<unsigned>(std::bit_width(size - 1)) - 1;  // 2^doubling < size ≤ 2^(doubling+1)
  const auto quarter = static_cast<unsigned>(((size - 1) >> (doubling - 2)) & 3);
  return 1 + 4 * (doubling - 4) + quarter;
}
constexpr size_t class_size(unsigned size_class) {
  if (size_class == 0) return 16;
  const unsigned doubling = 4 + (size_class - 1) / 4;
  return (size_t{1} << doubling) + ((size_class - 1) % 4 + 1) * (size_t{1} << (doubling - 2));
}
static_assert(class_size(class_of(16)) == 16 && class_size(class_of(17)) == 20 && class_size(class_of(32)) == 32);
static_assert(class_size(class_of(900)) == 1024 && class_size(class_of(kLargestClass)) == kLargestClass);
static_assert(class_of(kLargestClass) == kClasses - 1);

// Trivial, so that it outlives every destructor of its thread: BoringSSL frees in some of them.
struct Cache {
  Free* free[kClasses];
  MemoryCounters counters;
  bool armed;   // Drain will come
  bool closed;  // it has come
};
constinit thread_local Cache cache{};

// Gives everything back when the thread ends.
struct Drain {
  void arm() { cache.armed = true; }  // being called is what makes the thread remember the destructor
  ~Drain() {
    cache.closed = true;
    for (Free*& list : cache.free) {
      while (list != nullptr) {
        Free* next = list->next;
        std::free(reinterpret_cast<Header*>(list) - 1);
        list = next;
      }
    }
    cache.counters.kept = 0;
  }
};
thread_local Drain drain;

void* take(size_t size) {
  const unsigned size_class = size <= kLargestClass ? class_of(size) : kClasses;
  const size_t room = size_class < kClasses ? class_size(size_class) : size;
  MemoryCounters& counters = cache.counters;
  Header* header = nullptr;
  if (size_class < kClasses && cache.free[size_class] != nullptr) {
    Free* piece = cache.free[size_class];
    cache.free[size_class] = piece->next;
    counters.kept -= room + sizeof(Header);
    header = reinterpret_cast<Header*>(piece) - 1;
  } else {
    if (size > SIZE_MAX - sizeof(Header)) return nullptr;
    const AllowAllocation exempt;
    header = static_cast<Header*>(std::malloc(sizeof(Header) + room));
    if (header == nullptr) return nullptr;
    ++counters.fresh;
  }
  ++counters.taken;
  counters.bytes += static_cast<int64_t>(sizeof(Header) + room);
  if (counters.bytes > counters.bytes_peak) counters.bytes_peak = counters.bytes;
  header->size_class = size_class;
  header->size = size;
  return header + 1;
}

void give(void* memory) {
  if (memory == nullptr) return;
  Header* header = static_cast<Header*>(memory) - 1;
  const unsigned size_class = header->size_class;
  const size_t bytes = sizeof(Header) + (size_class < kClasses ? class_size(size_class) : header->size);
  // It held keys or plaintext.
  std::memset(memory, 0, header->size);
  asm volatile("" : : "r"(memory) : "memory");
  MemoryCounters& counters = cache.counters;
  counters.bytes -= static_cast<int64_t>(bytes);
  if (size_class == kClasses || cache.closed || counters.kept + bytes > kMostKept) {
    std::free(header);
    return;
  }
  if (!cache.armed) {
    const AllowAllocation exempt;
    drain.arm();
  }
  auto* piece = static_cast<Free*>(memory);
  piece->next = cache.free[size_class];
  cache.free[size_class] = piece;
  counters.kept += bytes;
}

}  // namespace

MemoryCounters memory_counters() { return cache.counters; }

}  // namespace ringload::tls

// Found by libcrypto when the program is loaded: it looks for these weakly. Whatever of this program frees memory of
// BoringSSL's must do so through OPENSSL_free.
extern "C" {
__attribute__((visibility("default"))) void* OPENSSL_memory_alloc(size_t size) { return ringload::tls::take(size); }
__attribute__((visibility("default"))) void OPENSSL_memory_free(void* memory) { ringload::tls::give(memory); }
__attribute__((visibility("default"))) size_t OPENSSL_memory_get_size(void* memory) {
  return memory == nullptr ? 0 : (static_cast<ringload::tls::Header*>(memory) - 1)->size;
}
}
