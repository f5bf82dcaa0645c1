// What a run sends, rendered as far as it can be before the run: shared by all shards, immutable, built once from a
// profile. Everything that a request needs at run time is a span into it or a few drawn numbers.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load/corpus.h"
#include "load/dataset.h"
#include "ringload/adapter.h"
#include "ringload/profile.h"

namespace ringload::load {

struct WorkloadOptions {
  uint64_t seed = 1;
  uint64_t uuid_salt = 0;       // drawn once per run: a repeated UUID would hit the provider's cache
  uint32_t rank = 0;            // of this host among the launcher's
  std::string_view version;     // for User-Agent: ringload/VERSION
  std::shared_ptr<const Corpus> corpus;           // null: made from the seed; shared by the workloads of one run
  std::span<const Adapter* const> extra_adapters;  // of a program that embeds us; tried before the built-in ones
};

inline constexpr size_t kUuidDigits = 32;
inline constexpr size_t kUuidTokens = 11;
inline constexpr double kBytesPerToken = 4.3;  // of English prose: where only an estimate is possible

// A request's head with holes: `text` up to the holes, in order. Content-Length comes last.
struct HeadTemplate {
  enum class Hole : uint8_t { uuid, traceparent };
  struct Part {
    std::string text;
    Hole hole;
  };
  std::vector<Part> parts;
  std::string tail;     // ends in "Content-Length: "
  size_t max_bytes = 0;  // with every hole filled and 20 digits of length
};

// A user message, JSON-escaped and repeated, as text between its `{uuid}`s: n + 1 texts for n holes.
struct PromptTemplate {
  std::vector<std::string> texts;
  size_t holes() const { return texts.size() - 1; }
  size_t pieces() const { return texts.size() + holes(); }
  size_t bytes() const;
};

// Where the conversation's UUID stands in its first user message.
enum class UuidPlace : uint8_t {
  none,
  front,          // "UUID text"
  behind,         // "text UUID"
  behind_shared,  // sized: "common words UUID words"
};

// A size of prompts that results are also shown by: tokens of a user message, both bounds included.
struct PromptSize {
  int64_t from = 0, to = 0;
  bool operator==(const PromptSize&) const = default;
};

struct ScenarioPlan {
  uint32_t index = 0;             // in Workload::scenarios() and Profile::scenarios
  const Scenario* scenario = nullptr;  // into the Workload's copy of the profile
  const Adapter* adapter = nullptr;
  BodyTemplate body;
  HeadTemplate head;
  uint32_t target = 0;            // in Workload::targets()
  bool stream = false;
  bool keep_replies = false;      // some conversation has a second turn: the adapter must store the reply's text
  // content
  std::vector<PromptTemplate> prompts;  // pool: drawn; scripted: turn i mod n; empty when sized
  UuidPlace uuid_place = UuidPlace::none;
  const Corpus* corpus = nullptr;
  size_t shared_first_word = 0;   // sized and shared-prefix: where in the corpus the scenario's common prefix begins
  std::vector<double> cumulative_choice;  // sized by choices: running sum of their weights
  std::shared_ptr<const Dataset> dataset;  // null in other modes
  bool replay_recorded = false;   // dataset: its own replies are fed back
  uint32_t reply_pieces = 1;      // spans of one reply in a body
  bool request_uuids = false;     // some prompt has `{uuid}`
  uint64_t seed = 0;              // of content: run seed and scenario
  uint64_t uuid_seed = 0;         // of UUIDs: also salt and rank
  // bounds, for planning
  uint32_t max_turns = 1;
  uint32_t max_message_pieces = 0;  // spans of one user message
  size_t max_pieces = 0;          // spans in one body
  size_t max_body_bytes = 0;
  size_t conversation_bytes = 0;  // of the memory that Conversation::begin needs; 0 for most single-turn scenarios
  size_t reply_bytes_per_turn = 0;  // planned bytes of one reply's escaped text; 0 when replies are not kept
  std::vector<PromptSize> segments;  // of each value of Conversation::segment(); empty: results are not segmented
  uint32_t first_segment = 0;     // segments of all scenarios are numbered through: the number of this one's first
  double mean_input_tokens = 0;   // expected prompt tokens of a first turn, estimated for texts of the profile
};

class Workload {
 public:
  // The error names the scenario and the key at fault.
  static std::expected<std::shared_ptr<const Workload>, std::string> make(const Profile& profile,
                                                                          const WorkloadOptions& options);

  const Profile& profile() const { return profile_; }
  uint64_t seed() const { return seed_; }
  std::span<const ScenarioPlan> scenarios() const { return scenarios_; }
  // Distinct (scheme, host, port): what connection pools are made for. Only the origin of each is meant, not its path.
  std::span<const Target> targets() const { return targets_; }
  const std::shared_ptr<const Corpus>& corpus() const { return corpus_; }

  // The scenario of an open stage's conversation: drawn by weight from (seed, stage, lane, k).
  const ScenarioPlan& draw_scenario(uint32_t stage, uint32_t lane, uint64_t k) const;

  // The largest over all scenarios, for slots that serve any of them.
  size_t max_head_bytes() const { return max_head_bytes_; }
  size_t max_body_bytes() const { return max_body_bytes_; }
  size_t max_conversation_bytes() const { return max_conversation_bytes_; }
  size_t max_pieces() const { return max_pieces_; }
  // Of all scenarios together.
  uint32_t segments() const { return segments_; }

 private:
  Workload() = default;
  Profile profile_;
  std::shared_ptr<const Corpus> corpus_;
  std::vector<ScenarioPlan> scenarios_;
  std::vector<Target> targets_;
  std::vector<double> cumulative_weight_;  // last is the sum
  uint64_t seed_ = 0;
  uint32_t segments_ = 0;
  size_t max_head_bytes_ = 0, max_body_bytes_ = 0, max_conversation_bytes_ = 0, max_pieces_ = 0;
};

}  // namespace ringload::load
