// The search for the knee as a state machine: results of blocks in, the next block out. No clock, no I/O: every choice
// is a function of counts, so the same responses give the same search, and feeding a search's recorded blocks to a new
// one brings it to the same place.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ringload/blocks.h"

namespace ringload::experiment {

struct KneeBound {
  enum class Stat : uint8_t { share, mean, max, min };  // share: of bad ones; the others score 0 or 3
  Bound bound;
  Stat stat = Stat::share;
  double tolerance = 0;  // of the share, 0 < tolerance < 1
  std::string text;      // "ttft_p99<=500ms"
};

struct KneeOptions {
  double start = 50, min_rate = 1;                              // requests per second
  double max_rate = std::numeric_limits<double>::infinity();
  int64_t tail_ns = 0;       // longest latency bound; 0: there is none, and request durations decide
  double mean_turns = 1;     // requests of a conversation, which come in clusters
};

enum class Phase : uint8_t { bracket, bisect, track, recheck, soft };
const char* phase_name(Phase phase);

// What spoils a block's evidence.
struct Spoiled {
  bool disturbed = false;    // by others on this host: repeated, counts for nothing
  bool own_limit = false;    // by the generator's own limits: repeated; three in a row make it the generator's limit
  std::string why;
  bool slightly = false;     // disturbed by little: no verdict on a score near 1, but one on a score far from it
};

struct KneeStep {
  Phase phase = Phase::bracket;
  BlockCounts counts;
  Spoiled spoiled;
  double score = 0;          // 0 … 3; 1 is at the SLO
  bool grew = false;         // in-flight grew over the window, or reached max_in_flight
  std::string why;           // the score in a few words
};

enum class LimitedBy : uint8_t { none, target, slo, generator };

struct KneeAnswer {
  std::optional<double> knee;          // requests per second; absent: no rate passed
  double low = 0, high = 0;            // interval; high is infinite when no rate failed
  LimitedBy limited_by = LimitedBy::none;
  bool complete = false;
  bool lowest_fails = false;           // even the lowest rate fails
  bool at_max_rate = false;            // no rate up to max_rate fails
  std::optional<bool> soft;            // score above 0.5 at 0.9 × knee; absent: not looked at
  std::optional<double> generator_limit;
  std::optional<double> did_not_recover;  // from this rate
  unsigned disturbed_blocks = 0;       // slightly so, of those behind the answer
  std::optional<double> needed_limit_s;   // a time limit that would have sufficed, beyond what was used
};

class KneeSearch {
 public:
  KneeSearch(const KneeOptions& options, std::vector<KneeBound> bounds);

  // The next block, none of which lasts longer than `left_ns`; absent: finished.
  std::optional<LoadBlock> next(int64_t left_ns);
  // What became of it.
  void add(const BlockCounts& counts, const Spoiled& spoiled);
  Phase phase() const { return phase_; }  // of the block that next() gives
  const std::vector<KneeStep>& steps() const { return steps_; }
  const std::vector<KneeBound>& bounds() const { return bounds_; }
  KneeAnswer answer() const;

 private:
  struct Judged {
    double score = 0;
    bool grew = false;
    bool fails = false;      // beyond the present phase's bar
    bool too_few = false;    // bracket: neither that nor within it; a longer look decides
    std::string why;
  };
  Judged judge(const BlockCounts& counts) const;
  bool all_failed(const BlockCounts& counts) const;
  int64_t window(double rate) const;    // of the present phase, uncut
  int64_t tail() const;
  void take_bracket(const Judged& judged);
  void bracket_decided(bool fails);
  void take_bisect(bool fails);
  void take_track(double score);
  void take_own_limit();
  bool counts_all_the_same(const Spoiled& spoiled, double score);
  void raise(double rate);              // bracket: to the next rate
  void bisect();
  void begin_track();
  double capped(double rate) const;
  void finish() { finished_ = true; }

  KneeOptions options_;
  std::vector<KneeBound> bounds_;
  double tolerance_ = 0;                // the smallest; 0: no bound has one
  Phase phase_ = Phase::bracket;
  Phase resumed_ = Phase::bracket;      // after a recheck
  double resumed_rate_ = 0;
  double rate_;
  double low_ = 0, high_ = 0;           // passes, fails; 0: none known
  double best_ = 0;                     // highest rate with score ≤ 1
  double generator_limit_ = std::numeric_limits<double>::infinity();
  int fails_ = 0, own_limits_ = 0;      // in a row, at this rate
  int longer_ = 1;                      // bracket: times the usual window, after blocks that decided nothing
  int disturbed_ = 0;                   // in a row
  unsigned disturbed_counted_ = 0;      // slightly disturbed blocks among the counted
  int at_cap_ = 0;                      // track: blocks in a row that passed at the cap
  int64_t p90_ns_ = 0;
  std::deque<double> taus_;             // of the last five passing blocks, s
  // track
  int direction_ = 0, in_direction_ = 0;
  bool counting_ = false;
  std::vector<double> counted_;         // ln of the rates
  int64_t reference_window_ = 0;
  bool cut_ = false, out_of_time_ = false;
  double needed_s_ = 0;
  bool finished_ = false, lowest_fails_ = false, at_max_rate_ = false, generator_limited_ = false;
  std::optional<double> did_not_recover_;
  std::optional<bool> soft_;
  double knee_ = 0;
  std::vector<KneeStep> steps_;
};

}  // namespace ringload::experiment
