#include "mock/token_count.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ringload::mock {
namespace {

enum class Kind : uint8_t { none, letter, digit, other };

Kind kind_of(unsigned char c) {
  if (c <= 0x20 || c == 0x7f) return Kind::none;
  if (c >= 0x80 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) return Kind::letter;
  if (c >= '0' && c <= '9') return Kind::digit;
  return Kind::other;
}

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

#if defined(__x86_64__)
// Built for AVX2 whatever the rest is built for; called only when the processor has it.
#pragma GCC push_options
#pragma GCC target("avx2,popcnt,bmi")

// What a position knows of the text before it.
struct Carry {
  uint64_t letter = 0;  // 1 when the byte before was one
  uint64_t other = 0;
  uint64_t digits = 0;  // length of the run of digits that ended there
};

struct Masks {
  uint64_t letter, digit, other, special;
};

inline Masks classify32(__m256i bytes) {
  // Signed compares: bytes >= 0x80 are negative.
  const auto above = [&](__m256i v, char low) { return _mm256_cmpgt_epi8(v, _mm256_set1_epi8(low)); };
  const auto bits = [](__m256i v) { return static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(v))); };
  const __m256i folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
  const __m256i high = _mm256_cmpgt_epi8(_mm256_setzero_si256(), bytes);
  const __m256i alphabetic = _mm256_andnot_si256(above(folded, 'z'), above(folded, 'a' - 1));
  const __m256i letter = _mm256_or_si256(high, alphabetic);
  const __m256i digit = _mm256_andnot_si256(above(bytes, '9'), above(bytes, '0' - 1));
  const __m256i erase = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x7f));
  const __m256i visible = _mm256_andnot_si256(erase, above(bytes, 0x20));
  const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
  const __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
  const __m256i not_plain = _mm256_or_si256(_mm256_or_si256(quote, backslash), erase);
  const __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);  // below a space, and high bytes
  const __m256i other = _mm256_andnot_si256(_mm256_or_si256(letter, digit), visible);
  return {bits(letter), bits(digit), bits(other), bits(_mm256_or_si256(not_plain, low))};
}

inline Masks classify64(const char* text) {
  const auto* at = reinterpret_cast<const __m256i*>(text);
  const Masks a = classify32(_mm256_loadu_si256(at));
  const Masks b = classify32(_mm256_loadu_si256(at + 1));
  return {a.letter | b.letter << 32, a.digit | b.digit << 32, a.other | b.other << 32, a.special | b.special << 32};
}

// Tokens of the digit runs that end inside the block; one that reaches its end is carried on.
uint64_t digit_tokens(uint64_t digit, Carry& carry) {
  uint64_t tokens = 0;
  unsigned at = 0;
  for (;;) {
    const unsigned run = at >= 64 ? 0 : static_cast<unsigned>(std::countr_one(digit >> at));
    carry.digits += run;
    at += run;
    if (at >= 64) return tokens;
    tokens += (carry.digits + 2) / 3;
    carry.digits = 0;
    if ((digit >> at) == 0) return tokens;
    at += static_cast<unsigned>(std::countr_zero(digit >> at));
  }
}

inline uint64_t block_tokens(const Masks& masks, Carry& carry) {
  const uint64_t starts = (masks.letter & ~(masks.letter << 1 | carry.letter)) |
                          (masks.other & ~(masks.other << 1 | carry.other));
  uint64_t tokens = static_cast<uint64_t>(__builtin_popcountll(starts));
  carry.letter = masks.letter >> 63;
  carry.other = masks.other >> 63;
  if ((masks.digit | carry.digits) != 0) tokens += digit_tokens(masks.digit, carry);
  return tokens;
}

template <bool kPlainOnly>
std::optional<uint64_t> count_avx2(std::string_view text) {
  Carry carry;
  uint64_t tokens = 0;
  while (text.size() >= 64) {
    const Masks masks = classify64(text.data());
    if (kPlainOnly && masks.special != 0) return std::nullopt;
    tokens += block_tokens(masks, carry);
    text.remove_prefix(64);
  }
  // The rest behind which spaces stand, which also ends the last run.
  char rest[64];
  std::memset(rest, ' ', sizeof rest);
  if (!text.empty()) std::memcpy(rest, text.data(), text.size());
  const Masks masks = classify64(rest);
  if (kPlainOnly && masks.special != 0) return std::nullopt;
  return tokens + block_tokens(masks, carry);
}

#pragma GCC pop_options

bool has_avx2() {
  static const bool has =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi");
  return has;
}
#endif

}  // namespace

uint64_t count_tokens_scalar(std::string_view text) {
  uint64_t tokens = 0;
  uint64_t digits = 0;
  Kind before = Kind::none;
  for (const char c : text) {
    const Kind kind = kind_of(static_cast<unsigned char>(c));
    if (kind == Kind::digit) {
      if (digits++ % 3 == 0) ++tokens;
    } else {
      digits = 0;
      if (kind != Kind::none && kind != before) ++tokens;
    }
    before = kind;
  }
  return tokens;
}

std::optional<uint64_t> count_plain_tokens_scalar(std::string_view text) {
  for (const char c : text) {
    if (!is_plain(static_cast<unsigned char>(c))) return std::nullopt;
  }
  return count_tokens_scalar(text);
}

uint64_t count_tokens(std::string_view text) {
#if defined(__x86_64__)
  if (has_avx2()) return *count_avx2<false>(text);
#endif
  return count_tokens_scalar(text);
}

std::optional<uint64_t> count_plain_tokens(std::string_view text) {
#if defined(__x86_64__)
  if (has_avx2()) return count_avx2<true>(text);
#endif
  return count_plain_tokens_scalar(text);
}

}  // namespace ringload::mock
