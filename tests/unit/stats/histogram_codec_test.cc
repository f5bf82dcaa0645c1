#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "base/prng.h"
#include "golden.h"
#include "ringload/metrics.h"
#include "stats/base64.h"

namespace ringload {
namespace {

Histogram decoded(std::string_view text) {
  auto histogram = Histogram::decode(text);
  EXPECT_TRUE(histogram.has_value()) << histogram.error();
  return histogram ? std::move(*histogram) : Histogram();
}

Histogram squares() {
  Histogram histogram;
  for (int64_t i = 0; i < 1000; ++i) histogram.record(i * i);
  return histogram;
}

std::vector<int64_t> lcg_values() {
  std::vector<int64_t> values;
  uint64_t x = 12345;
  for (int i = 0; i < 10'000; ++i) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    uint64_t bound = 10;
    for (uint64_t digits = (x >> 20) % 9; digits > 0; --digits) bound *= 10;
    values.push_back(static_cast<int64_t>((x >> 33) % bound));
  }
  return values;
}

TEST(HistogramCodec, ReadsTheReferencesPayloads) {
  EXPECT_TRUE(decoded(golden::kEmpty) == Histogram());
  EXPECT_TRUE(decoded(golden::kSquares) == squares());
  Histogram wide;
  wide.record_n(0, 3);
  wide.record_n(1, 127);
  wide.record_n(2047, 128);
  wide.record_n(2048, 16384);
  wide.record_n(2049, 1);
  wide.record_n(1'000'000, 5'000'000'000'000);
  wide.record_n(3'600'000'000, uint64_t{1} << 55);
  EXPECT_TRUE(decoded(golden::kWideCounts) == wide);
  Histogram mixed;
  for (const int64_t value : lcg_values()) mixed.record(value);
  EXPECT_TRUE(decoded(golden::kMixed) == mixed);
}

// What the Python port computes of the same samples. Its percentiles are rounded to the nearest rank; at 10,000 and
// 1,000 samples that is the same.
TEST(HistogramCodec, AgreesWithTheReferencesFigures) {
  const Histogram mixed = decoded(golden::kMixed);
  EXPECT_EQ(mixed.total(), 10'000u);
  EXPECT_EQ(mixed.min(), 0);
  EXPECT_EQ(mixed.max(), 999'817'215);
  EXPECT_NEAR(mixed.mean(), 57'246'046.6527, 0.0001);
  EXPECT_EQ(mixed.value_at_percentile(0), 0);
  EXPECT_EQ(mixed.value_at_percentile(25), 253);
  EXPECT_EQ(mixed.value_at_percentile(50), 41'375);
  EXPECT_EQ(mixed.value_at_percentile(90), 96'927'743);
  EXPECT_EQ(mixed.value_at_percentile(95), 493'617'151);
  EXPECT_EQ(mixed.value_at_percentile(99), 881'852'415);
  EXPECT_EQ(mixed.value_at_percentile(99.9), 993'525'759);
  EXPECT_EQ(mixed.value_at_percentile(99.99), 999'292'927);
  EXPECT_EQ(mixed.value_at_percentile(100), 999'817'215);
  const Histogram few = decoded(golden::kSquares);
  EXPECT_EQ(few.max(), 998'399);
  EXPECT_DOUBLE_EQ(few.mean(), 332'850.431);
  EXPECT_EQ(few.value_at_percentile(25), 62'015);
  EXPECT_EQ(few.value_at_percentile(99.9), 996'351);
  EXPECT_NEAR(decoded(golden::kWideCounts).mean(), 3'599'262'048.853074, 1e-5);
}

TEST(HistogramCodec, RoundTrips) {
  Prng random(9);
  for (int round = 0; round < 200; ++round) {
    Histogram histogram;
    const uint64_t n = random.below(400);
    for (uint64_t i = 0; i < n; ++i) {
      const uint64_t value = (random.next() >> (32 + random.below(31))) % (Histogram::kMaxValue + 1);
      histogram.record_n(static_cast<int64_t>(value), 1 + (random.next() >> (14 + random.below(50))));
    }
    const std::string text = histogram.encode();
    EXPECT_EQ(text.substr(0, 7), "HISTFAA");
    const auto back = Histogram::decode(text);
    ASSERT_TRUE(back.has_value()) << back.error();
    EXPECT_TRUE(*back == histogram);
    EXPECT_EQ(back->encode(), text);
  }
}

TEST(HistogramCodec, RoundTripsNothingAndTheEnds) {
  EXPECT_TRUE(decoded(Histogram().encode()) == Histogram());
  Histogram ends;
  ends.record(0);
  ends.record(Histogram::kMaxValue);
  EXPECT_TRUE(decoded(ends.encode()) == ends);
  Histogram many;
  many.record_n(7, (uint64_t{1} << 62) + 12345);  // all nine bytes of a number
  many.record(8);
  EXPECT_TRUE(decoded(many.encode()) == many);
  Histogram reset = squares();
  reset.reset();
  EXPECT_TRUE(decoded(reset.encode()) == Histogram());
}

// ---- bad input: summaries come from files ----

// The plain payload of a histogram, and back, so that a test can spoil what is inside.
std::string inside(const std::string& text) {
  const auto bytes = *stats::base64_decode(text);
  std::string plain(1 << 20, '\0');
  uLongf size = plain.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(plain.data()), &size, bytes.data() + 8, bytes.size() - 8), Z_OK);
  plain.resize(size);
  return plain;
}

std::string outside(const std::string& plain) {
  std::vector<uint8_t> bytes(8 + compressBound(plain.size()));
  uLongf size = bytes.size() - 8;
  compress(bytes.data() + 8, &size, reinterpret_cast<const Bytef*>(plain.data()), plain.size());
  bytes.resize(8 + size);
  const uint8_t head[] = {0x1c, 0x84, 0x93, 0x14, 0, 0, static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
  std::copy(std::begin(head), std::end(head), bytes.begin());
  return stats::base64_encode(bytes);
}

std::string with_counts(const std::string& counts) {
  std::string plain = inside(Histogram().encode()).substr(0, 40) + counts;
  plain[4] = plain[5] = 0;
  plain[6] = static_cast<char>(counts.size() >> 8);
  plain[7] = static_cast<char>(counts.size());
  return outside(plain);
}

std::string error_of(const std::string& text) {
  const auto histogram = Histogram::decode(text);
  return histogram ? "accepted" : histogram.error();
}

TEST(HistogramCodec, RefusesWhatIsNotOurs) {
  const std::string good = squares().encode();
  EXPECT_EQ(error_of(outside(inside(good))), "accepted");
  EXPECT_NE(error_of(""), "accepted");
  EXPECT_NE(error_of("HIST"), "accepted");
  EXPECT_NE(error_of("not base64!!"), "accepted");
  EXPECT_NE(error_of(good.substr(0, good.size() - 8)), "accepted");
  for (const auto& [at, what] : {std::pair<size_t, const char*>{0, "cookie"}, {8 + 3, "normalizing"},
                                 {12 + 3, "digits"}, {16 + 7, "lowest"}}) {
    std::string plain = inside(good);
    plain[at] = static_cast<char>(plain[at] + 1);
    EXPECT_NE(error_of(outside(plain)).find(what), std::string::npos) << error_of(outside(plain));
  }
}

TEST(HistogramCodec, RefusesCountsThatDoNotFit) {
  EXPECT_EQ(error_of(with_counts({"\x02", 1})), "accepted");
  EXPECT_NE(error_of(with_counts({"\x82", 1})).find("cut short"), std::string::npos);
  // A run of zeros over the end: −(2^62), and −23,553 twice over a nine-byte number.
  EXPECT_NE(error_of(with_counts("\xff\xff\xff\xff\xff\xff\xff\xff\xff")).find("room"), std::string::npos);
  EXPECT_NE(error_of(with_counts("\x81\xf0\x02\x81\xf0\x02")).find("room"), std::string::npos);
  // A sample just behind the last count.
  EXPECT_EQ(error_of(with_counts("\xfd\xef\x02\x02")), "accepted");
  EXPECT_NE(error_of(with_counts("\xff\xef\x02\x02")).find("above 1 h"), std::string::npos);
  // Two counts of 2^62 are more than can be counted.
  const std::string huge = "\x80\x80\x80\x80\x80\x80\x80\x80\x80";
  EXPECT_NE(error_of(with_counts(huge + huge)).find("counted"), std::string::npos);
  EXPECT_EQ(error_of(with_counts(std::string(Histogram::kCounts, '\0'))), "accepted");
  EXPECT_NE(error_of(with_counts(std::string(Histogram::kCounts + 1, '\0'))).find("room"), std::string::npos);
}

TEST(HistogramCodec, SurvivesAnyBytes) {
  Prng random(4);
  const std::string good = inside(squares().encode());
  int accepted = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string plain = good;
    for (uint64_t i = 0; i <= random.below(4); ++i)
      plain[random.below(plain.size())] = static_cast<char>(random.next());
    plain.resize(plain.size() - random.below(3));
    const auto histogram = Histogram::decode(outside(plain));
    if (!histogram) continue;
    ++accepted;
    uint64_t sum = 0;
    histogram->for_each_bucket([&](int64_t, int64_t, uint64_t n) { sum += n; });
    ASSERT_EQ(sum, histogram->total());
  }
  EXPECT_GT(accepted, 100);
}

TEST(Base64, KnownValues) {  // RFC 4648, section 10
  const std::pair<std::string, std::string> pairs[] = {{"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},  {"foob", "Zm9vYg=="},  {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : pairs) {
    const std::vector<uint8_t> bytes(plain.begin(), plain.end());
    EXPECT_EQ(stats::base64_encode(bytes), text);
    EXPECT_EQ(stats::base64_decode(text), bytes);
  }
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=AAA", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-_"})
    EXPECT_EQ(stats::base64_decode(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace ringload
