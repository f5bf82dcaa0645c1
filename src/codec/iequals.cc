#include <cstdint>
#include <cstring>

#include "codec/http1.h"

namespace ringload::codec {
namespace {

// Eight bytes, `count` of them from `bytes`, the rest zero; ASCII capitals made small.
uint64_t load_lower(const char* bytes, size_t count) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low7 = word & (0x7f * kEach);
  const uint64_t from_a = low7 + (0x80 - 'A') * kEach;       // bit 7 of a byte: it is 'A' or above
  const uint64_t beyond_z = low7 + (0x80 - 'Z' - 1) * kEach;  // bit 7: above 'Z'
  const uint64_t capital = (from_a ^ beyond_z) & ~word & (0x80 * kEach);
  return word | (capital >> 2);  // 0x80 >> 2 is the bit between 'A' and 'a'
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  size_t at = 0;
  for (; at + 8 <= a.size(); at += 8) {
    if (load_lower(a.data() + at, 8) != load_lower(b.data() + at, 8)) return false;
  }
  const size_t left = a.size() - at;
  return left == 0 || load_lower(a.data() + at, left) == load_lower(b.data() + at, left);
}

const Field* ResponseHead::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (iequals(field.name, name)) return &field;
  }
  return nullptr;
}

}  // namespace ringload::codec
