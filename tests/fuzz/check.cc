#include "check.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/prng.h"
#include "replay.h"
#include "text.h"

namespace ringload::fuzz {
namespace {

constexpr size_t kMaxInput = 256 * 1024;

void replay(const std::vector<std::string>& info, std::string_view bytes, const std::vector<size_t>& cuts,
            wire::Placement placement, const std::string& expected) {
  static wire::Guarded memory(kMaxInput);
  const auto replay = wire::make_replay(info, memory, placement);
  size_t from = 0;
  for (const size_t cut : cuts) {
    replay->feed(bytes.substr(from, cut - from));
    from = cut;
  }
  replay->feed(bytes.substr(from));
  replay->finish();
  if (replay->lines() == expected) return;
  std::fprintf(stderr, "input (%s):\n%s\ncut at", info[0].c_str(), wire::quote(bytes).c_str());
  for (const size_t cut : cuts) std::fprintf(stderr, " %zu", cut);
  std::fprintf(stderr, "\nexpected:\n%s\nfound:\n%s\n", expected.c_str(), replay->lines().c_str());
  std::abort();
}

}  // namespace

void check(const std::vector<std::string>& info, std::string_view bytes, const std::string& expected) {
  if (bytes.size() > kMaxInput) return;
  replay(info, bytes, {}, wire::Placement::end, expected);
  if (bytes.size() < 2) return;
  // Where it is cut depends on the input alone, so that a crash can be replayed.
  uint64_t seed = bytes.size();
  for (const char c : bytes) seed = mix64(seed + static_cast<unsigned char>(c));
  Prng prng(seed);
  for (const size_t pieces : {2, 3, 12}) {
    std::vector<size_t> cuts;
    for (size_t i = 1; i < pieces; ++i) cuts.push_back(1 + prng.below(bytes.size() - 1));
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    replay(info, bytes, cuts, pieces == 3 ? wire::Placement::begin : wire::Placement::end, expected);
  }
  if (bytes.size() > 512) return;
  std::vector<size_t> all;
  for (size_t cut = 1; cut < bytes.size(); ++cut) all.push_back(cut);
  replay(info, bytes, all, wire::Placement::end, expected);
}

}  // namespace ringload::fuzz
