// HdrHistogram's V2 format (its source: HdrHistogram/EncodableHistogram, "V2CompressedEncoding"):
//   base64( cookie 0x1c849314, length of the rest, zlib( cookie 0x1c849313, length of the counts, normalizing offset 0,
//   digits, lowest value (i64), highest value (i64), ratio (f64), counts ) )
// all big-endian. Counts are ZigZag LEB128 from value 0 up to the largest sample; a negative number is that many counts
// of 0 in a row.
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <vector>

#include "ringload/metrics.h"
#include "stats/base64.h"

namespace ringload {
namespace {

constexpr uint32_t kCookie = 0x1c849313;
constexpr uint32_t kCompressedCookie = 0x1c849314;
constexpr size_t kHeaderBytes = 40;
constexpr size_t kCompressedHeaderBytes = 8;
constexpr size_t kMaxNumberBytes = 9;  // LEB128 whose ninth byte carries 8 bits
constexpr size_t kMaxPayloadBytes = kHeaderBytes + kMaxNumberBytes * Histogram::kCounts;

template <class Number>
void put_big_endian(std::vector<uint8_t>& out, Number number) {
  for (int shift = 8 * (sizeof(Number) - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<uint8_t>(number >> shift));
}

void put_zigzag(std::vector<uint8_t>& out, int64_t number) {
  uint64_t left = static_cast<uint64_t>(number) << 1 ^ static_cast<uint64_t>(number >> 63);
  for (size_t i = 1; i < kMaxNumberBytes && left >= 0x80; ++i) {
    out.push_back(static_cast<uint8_t>(left | 0x80));
    left >>= 7;
  }
  out.push_back(static_cast<uint8_t>(left));
}

// Reads from the front of a span; `failed` once there was too little.
struct Reader {
  std::span<const uint8_t> left;
  bool failed = false;

  uint8_t byte() {
    if (left.empty()) {
      failed = true;
      return 0;
    }
    const uint8_t first = left.front();
    left = left.subspan(1);
    return first;
  }
  template <class Number>
  Number big_endian() {
    Number number = 0;
    for (size_t i = 0; i < sizeof(Number); ++i) number = number << 8 | byte();
    return number;
  }
  int64_t zigzag() {
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const uint64_t next = byte();
      if (shift == 56) {
        number |= next << 56;
        break;
      }
      number |= (next & 0x7f) << shift;
      if (next < 0x80) break;
    }
    return static_cast<int64_t>(number >> 1 ^ -(number & 1));
  }
};

std::unexpected<std::string> refused(const char* why) {
  return std::unexpected("not a histogram of ours (HdrHistogram V2, compressed, base64): " + std::string(why));
}

}  // namespace

std::string Histogram::encode() const {
  std::vector<uint8_t> plain;
  plain.reserve(kHeaderBytes + 2 * (end_ > low_ ? end_ - low_ : 0) + kMaxNumberBytes);
  put_big_endian(plain, kCookie);
  put_big_endian(plain, uint32_t{0});  // length of the counts, set below
  put_big_endian(plain, uint32_t{0});  // normalizing index offset
  put_big_endian(plain, uint32_t{kDigits});
  put_big_endian(plain, uint64_t{1});
  put_big_endian(plain, static_cast<uint64_t>(kMaxValue));
  put_big_endian(plain, std::bit_cast<uint64_t>(1.0));
  uint32_t limit = end_;
  while (limit > 0 && counts_[limit - 1] == 0) --limit;
  if (limit == 0) limit = 1;  // the reference writes at least the count of value 0
  for (uint32_t index = 0; index < limit;) {
    if (counts_[index] != 0) {
      put_zigzag(plain, static_cast<int64_t>(counts_[index++]));
      continue;
    }
    const uint32_t first = index;
    while (index < limit && counts_[index] == 0) ++index;
    const int64_t zeros = index - first;
    put_zigzag(plain, zeros > 1 ? -zeros : 0);
  }
  const auto counts_bytes = static_cast<uint32_t>(plain.size() - kHeaderBytes);
  for (int i = 0; i < 4; ++i) plain[4 + i] = static_cast<uint8_t>(counts_bytes >> (24 - 8 * i));

  uLongf packed_bytes = compressBound(plain.size());
  std::vector<uint8_t> packed(packed_bytes);
  compress(packed.data(), &packed_bytes, plain.data(), plain.size());
  std::vector<uint8_t> out;
  out.reserve(kCompressedHeaderBytes + packed_bytes);
  put_big_endian(out, kCompressedCookie);
  put_big_endian(out, static_cast<uint32_t>(packed_bytes));
  out.insert(out.end(), packed.begin(), packed.begin() + static_cast<ptrdiff_t>(packed_bytes));
  return stats::base64_encode(out);
}

std::expected<Histogram, std::string> Histogram::decode(std::string_view base64) {
  const auto bytes = stats::base64_decode(base64);
  if (!bytes) return refused("not base64");
  Reader outer{*bytes};
  if (outer.big_endian<uint32_t>() != kCompressedCookie) return refused("another cookie");
  const auto packed_bytes = outer.big_endian<uint32_t>();
  if (outer.failed || packed_bytes > outer.left.size()) return refused("cut short");

  std::vector<uint8_t> plain(kMaxPayloadBytes);
  uLongf plain_bytes = plain.size();
  if (uncompress(plain.data(), &plain_bytes, outer.left.data(), packed_bytes) != Z_OK) return refused("not zlib data");
  Reader in{std::span(plain).first(plain_bytes)};
  if (in.big_endian<uint32_t>() != kCookie) return refused("another inner cookie");
  const auto counts_bytes = in.big_endian<uint32_t>();
  if (in.big_endian<uint32_t>() != 0) return refused("normalizing offset is not 0");
  if (in.big_endian<uint32_t>() != kDigits) return refused("other than 3 significant digits");
  if (in.big_endian<uint64_t>() != 1) return refused("lowest value is not 1");
  in.big_endian<uint64_t>();  // the highest value sets how many counts there may be, not where they lie
  in.big_endian<uint64_t>();  // the ratio is for histograms of doubles
  if (in.failed || counts_bytes > in.left.size()) return refused("counts cut short");
  in.left = in.left.first(counts_bytes);

  Histogram histogram;
  uint64_t index = 0;
  while (!in.left.empty()) {
    const int64_t number = in.zigzag();
    if (in.failed) return refused("counts cut short");
    if (number < 0) {
      const uint64_t zeros = -static_cast<uint64_t>(number);
      if (zeros > kCounts) return refused("more counts than there is room for");
      index += zeros;
    } else {
      if (number > 0) {
        if (index >= kCounts) return refused("a value above 1 h");
        histogram.counts_[index] = static_cast<uint64_t>(number);
        histogram.low_ = std::min(histogram.low_, static_cast<uint32_t>(index));
        histogram.end_ = static_cast<uint32_t>(index) + 1;
        if (__builtin_add_overflow(histogram.total_, static_cast<uint64_t>(number), &histogram.total_) ||
            histogram.total_ > static_cast<uint64_t>(INT64_MAX))
          return refused("more samples than can be counted");
      }
      ++index;
    }
    if (index > kCounts) return refused("more counts than there is room for");
  }
  return histogram;
}

}  // namespace ringload
