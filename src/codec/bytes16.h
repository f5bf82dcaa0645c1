// Sixteen bytes at a time. GCC's vector types are the portable part (SSE2, NEON or plain code); only the gathering of a
// comparison into bits needs an instruction of its own.
#pragma once
#include <cstddef>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ringload::codec {

// Unsigned, so that `bytes < 0x20` means control bytes. A comparison gives a vector of 0 and -1, for bits_of.
typedef unsigned char Bytes16 __attribute__((vector_size(16)));
typedef signed char Mask16 __attribute__((vector_size(16)));

inline Bytes16 load16(const char* bytes) {
  Bytes16 loaded;
  std::memcpy(&loaded, bytes, sizeof loaded);
  return loaded;
}


// Bit i: byte i of the comparison was true. 0 when none was.
inline unsigned bits_of(Mask16 mask) {
#if defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_epi8(reinterpret_cast<__m128i>(mask)));
#else
  unsigned bits = 0;
  for (unsigned i = 0; i < 16; ++i) bits |= (mask[i] & 1u) << i;
  return bits;
#endif
}

inline unsigned first_bit(unsigned bits) { return static_cast<unsigned>(__builtin_ctz(bits)); }

}  // namespace ringload::codec
