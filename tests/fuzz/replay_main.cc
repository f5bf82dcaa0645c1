// Runs a fuzz target without libFuzzer, so that the usual test run has some of it: over mutations, seeded and so the
// same each time, of the wire fixtures' bytes; and over single inputs, to look at a crash again.
//   replay KIND RUNS FIXTURES.md…   KIND of fixture to begin from, RUNS mutations
//   replay FILE…                    each file is one input
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/prng.h"
#include "fixture.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using ringload::Prng;

constexpr size_t kMaxSeed = 2000;  // longer fixtures are about bounds, and slow

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

// Bytes that mean something to a parser, and a few that do not.
char likely_byte(Prng& prng) {
  static constexpr char kLikely[] = "\r\n\r\n\r\n \t::;,=09aAfFgxX\0\x01\x7f\x80\xff\xef\xbb\xbf/.-+{}\"\\";
  return kLikely[prng.below(sizeof kLikely - 1)];
}

std::string mutate(const std::vector<std::string>& seeds, Prng& prng) {
  std::string input = seeds[prng.below(seeds.size())];
  for (uint64_t n = 1 + prng.below(4); n > 0; --n) {
    const size_t at = prng.below(input.size() + 1);
    const size_t length = std::min<size_t>(1 + prng.below(8), input.size() - at);
    switch (prng.below(6)) {
      case 0: input.insert(at, 1, likely_byte(prng)); break;
      case 1: input.erase(at, length); break;
      case 2: input.insert(at, input.substr(at, length)); break;
      case 3: input.resize(at); break;
      case 4: {
        const std::string& other = seeds[prng.below(seeds.size())];
        input = input.substr(0, at) + other.substr(prng.below(other.size() + 1));
        break;
      }
      default:
        if (at < input.size()) input[at] = prng.below(4) == 0 ? static_cast<char>(prng.next()) : likely_byte(prng);
    }
  }
  return input;
}

int run_mutations(const std::string& kind, uint64_t runs, const std::vector<std::string>& files) {
  std::vector<std::string> seeds;
  for (const std::string& file : files) {
    for (const auto& fixture : ringload::wire::read_fixtures(file)) {
      if (fixture.info[0] == kind && fixture.bytes.size() <= kMaxSeed) seeds.push_back(fixture.bytes);
    }
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "no fixture of kind %s\n", kind.c_str());
    return 1;
  }
  Prng prng(ringload::seed_of(1, seeds.size()));
  const auto with_options = [&](const std::string& bytes) {
    return std::string(1, prng.below(2) == 0 ? '\0' : static_cast<char>(prng.below(100))) + bytes;
  };
  for (const std::string& seed : seeds) run(with_options(seed));
  for (uint64_t i = 0; i < runs; ++i) run(with_options(mutate(seeds, prng)));
  std::printf("%s: %zu seeds, %llu mutations, no difference\n", kind.c_str(), seeds.size(),
              static_cast<unsigned long long>(runs));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.empty()) {
    std::fprintf(stderr, "usage: replay KIND RUNS FIXTURES.md…, or replay FILE…\n");
    return 2;
  }
  if (args.size() >= 3 && args[2].ends_with(".md")) {
    return run_mutations(args[0], std::strtoull(args[1].c_str(), nullptr, 10), {args.begin() + 2, args.end()});
  }
  for (const std::string& path : args) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
      return 2;
    }
    run(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return 0;
}
