#include <cstdint>
#include <cstring>

#include "codec/http1.h"

namespace ringload::codec {
namespace {

// ASCII capitals made small, in eight bytes at once.
uint64_t lower(uint64_t word) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low7 = word & (0x7f * kEach);
  const uint64_t from_a = low7 + (0x80 - 'A') * kEach;       // bit 7 of a byte: it is 'A' or above
  const uint64_t beyond_z = low7 + (0x80 - 'Z' - 1) * kEach;  // bit 7: above 'Z'
  const uint64_t capital = (from_a ^ beyond_z) & ~word & (0x80 * kEach);
  return word | (capital >> 2);  // 0x80 >> 2 is the bit between 'A' and 'a'
}

template <class Word>
uint64_t load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// All of a text of fewer than eight bytes: from four on by two loads that may overlap.
uint64_t load_short(std::string_view text) {
  if (text.size() >= 4) return load<uint32_t>(text.data()) << 32 | load<uint32_t>(text.data() + text.size() - 4);
  uint64_t word = 0;
  for (const char c : text) word = word << 8 | static_cast<unsigned char>(c);
  return word;
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  if (size < 8) return lower(load_short(a)) == lower(load_short(b));
  for (size_t at = 0; at < size - 8; at += 8) {
    if (lower(load<uint64_t>(a.data() + at)) != lower(load<uint64_t>(b.data() + at))) return false;
  }
  return lower(load<uint64_t>(a.data() + size - 8)) == lower(load<uint64_t>(b.data() + size - 8));
}

const Field* ResponseHead::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (iequals(field.name, name)) return &field;
  }
  return nullptr;
}

}  // namespace ringload::codec
