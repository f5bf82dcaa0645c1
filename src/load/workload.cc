#include "load/workload.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>

#include "base/prng.h"
#include "load/conversation.h"
#include "load/head_template.h"
#include "load/json_value.h"
#include "protocol/registry.h"

namespace ringload::load {
namespace {

// Prompts are windows of the corpus. What tells them apart is their UUID, so the text can be small enough (42 KB) to stay
// in the core's cache; where a prompt has none, it is long, and a window rarely begins where another did.
constexpr size_t kCorpusWords = 8 * 1024;
constexpr size_t kUniqueCorpusWords = 128 * 1024;
constexpr size_t kMostCorpusWords = 1024 * 1024;
constexpr size_t kReplyBytesPerToken = 16;      // escaped; English needs 5, \uXXXX of most scripts 9
constexpr size_t kReplySlack = 256;
constexpr size_t kReplyBytesUnknown = 64 * 1024;  // max_tokens left out
constexpr size_t kMostReplyBytes = 16 << 20;      // of one conversation
constexpr size_t kMostPromptBytes = 64 << 20;

// Purposes of draws, so that no two share a sequence.
enum : uint64_t { kContentSeed = 1, kUuidSeed = 2, kSharedPrefix = 3, kScenarioDraw = 4 };

// A prompt, escaped and repeated, cut at each `{uuid}`.
PromptTemplate make_prompt(std::string_view prompt, int64_t repeat) {
  constexpr std::string_view kHole = "{uuid}";
  std::vector<std::string> once(1);
  for (size_t at = 0; at <= prompt.size();) {
    const size_t hole = std::min(prompt.find(kHole, at), prompt.size());
    append_escaped(once.back(), prompt.substr(at, hole - at));
    if (hole == prompt.size()) break;
    once.emplace_back();
    at = hole + kHole.size();
  }
  PromptTemplate out;
  out.texts.emplace_back();
  for (int64_t i = 0; i < repeat; ++i) {
    out.texts.back() += once.front();
    out.texts.insert(out.texts.end(), once.begin() + 1, once.end());
  }
  return out;
}

// What the adapter writes around messages, found by letting it write some of one byte each.
struct Framing {
  size_t spans = 0;
  size_t bytes = 0;
};
Framing framing_of(const Adapter& adapter, const BodyTemplate& body, uint32_t turns) {
  const std::string_view piece = "x";
  std::vector<Message> messages(2 * size_t{turns} - 1);
  for (size_t i = 0; i < messages.size(); ++i) {
    messages[i] = {i % 2 == 0 ? Role::user : Role::assistant, std::span(&piece, 1)};
  }
  std::vector<std::string_view> spans(16 + 8 * messages.size());
  BodyWriter out(spans);
  adapter.encode(body, messages, out);
  return {out.spans().size(), out.bytes()};
}

bool has_uuids(const Profile& profile) {
  return profile.correlation.uuid_in_prompt && profile.cache_mode != CacheMode::natural;
}

class PlanMaker {
 public:
  PlanMaker(const Profile& profile, const WorkloadOptions& options) : profile_(profile), options_(options) {}

  std::expected<ScenarioPlan, std::string> make(Scenario& scenario, uint32_t index) {
    const auto fail = [&](const std::string& why) {
      return std::unexpected("scenario \"" + scenario.name + "\": " + why);
    };
    ScenarioPlan plan;
    plan.index = index;
    plan.scenario = &scenario;
    plan.adapter = find(scenario.protocol);
    if (plan.adapter == nullptr) return fail("protocol " + scenario.protocol + ": not available yet");
    if (scenario.target.host.empty()) return fail("target: there is none");
    plan.stream = scenario.stream;
    RequestSpec spec{scenario.model, scenario.system, scenario.max_tokens, scenario.max_tokens_field, scenario.stream,
                     scenario.extra_body};
    auto body = plan.adapter->prepare(spec);
    if (!body) return fail(body.error());
    plan.body = std::move(*body);
    plan.head = make_head(profile_, scenario, *plan.adapter, options_.version);
    plan.seed = seed_of(options_.seed, uint64_t{kContentSeed}, index);
    plan.uuid_seed = seed_of(options_.seed, uint64_t{kUuidSeed}, options_.uuid_salt, options_.rank, index);
    if (scenario.content.mode == ContentMode::dataset) {
      if (auto error = open_dataset(scenario, plan); !error.empty()) return fail(error);
    }
    plan.max_turns = static_cast<uint32_t>(scenario.turns.max);
    plan.keep_replies = plan.max_turns > 1 && !plan.replay_recorded;
    if (auto error = make_content(scenario.content, plan); !error.empty()) return fail(error);
    return plan;
  }

  // Needs the corpus.
  void plan_bounds(const Corpus& corpus, ScenarioPlan& plan) {
    const Content& content = plan.scenario->content;
    size_t message_bytes = 0;
    plan.max_message_pieces = 0;
    if (content.mode == ContentMode::sized) {
      plan.corpus = &corpus;
      const auto words = static_cast<size_t>(content.size.max_tokens());
      plan.max_message_pieces = static_cast<uint32_t>(1 + 2 * corpus.spans_needed(words));
      message_bytes = corpus.max_bytes(words);
      if (plan.uuid_place == UuidPlace::behind_shared) {
        plan.shared_first_word = Prng(seed_of(plan.seed, uint64_t{kSharedPrefix})).below(corpus.words());
      }
      plan.mean_input_tokens = content.size.mean_tokens();
    }
    double bytes = 0;
    for (const PromptTemplate& prompt : plan.prompts) {
      plan.max_message_pieces = std::max(plan.max_message_pieces, static_cast<uint32_t>(prompt.pieces() + 1));
      message_bytes = std::max(message_bytes, prompt.bytes());
      bytes += static_cast<double>(prompt.bytes());
    }
    if (!plan.prompts.empty()) {
      plan.mean_input_tokens = bytes / static_cast<double>(plan.prompts.size()) / kBytesPerToken;
      if (plan.uuid_place != UuidPlace::none) plan.mean_input_tokens += kUuidTokens;
    }
    plan.mean_input_tokens += static_cast<double>(plan.scenario->system.size()) / kBytesPerToken;

    const size_t turns = plan.max_turns;
    size_t replies = 0;
    if (plan.keep_replies) {
      const auto& max_tokens = plan.scenario->max_tokens;
      plan.reply_bytes_per_turn =
          max_tokens ? static_cast<size_t>(*max_tokens) * kReplyBytesPerToken + kReplySlack : kReplyBytesUnknown;
      replies = std::min((turns - 1) * plan.reply_bytes_per_turn, kMostReplyBytes);
    }
    if (plan.dataset != nullptr) {
      plan.max_message_pieces = plan.dataset->max_message_pieces() + 1;
      message_bytes = plan.dataset->max_user_bytes();  // of the whole conversation
      plan.mean_input_tokens += plan.dataset->mean_first_bytes() / kBytesPerToken;
      if (plan.uuid_place != UuidPlace::none) plan.mean_input_tokens += kUuidTokens;
      if (plan.replay_recorded) message_bytes += plan.dataset->max_assistant_bytes();
      make_size_buckets(static_cast<double>(message_bytes) / kBytesPerToken, plan);
    }
    const Framing framing = framing_of(*plan.adapter, plan.body, plan.max_turns);
    plan.max_pieces = framing.spans + turns * plan.max_message_pieces + (turns - 1) * (plan.reply_pieces - 1);
    const size_t messages = plan.dataset != nullptr ? 1 : turns;  // of message_bytes each
    plan.max_body_bytes = framing.bytes + messages * message_bytes + kUuidDigits + 2 + replies;
    plan.conversation_bytes =
        ConversationLayout::of(plan.max_turns, plan.max_message_pieces, plan.request_uuids, replies, plan.reply_pieces)
            .total;
  }

 private:
  // Empty, or what is wrong. The scenario's turns become those of the file.
  std::string open_dataset(Scenario& scenario, ScenarioPlan& plan) const {
    const Content& content = scenario.content;
    const auto path = std::filesystem::path(profile_.file).parent_path() / content.file;
    auto dataset = Dataset::open(path.string());
    if (!dataset) return "content.file: " + dataset.error();
    plan.dataset = std::move(*dataset);
    plan.replay_recorded = content.replay_recorded;
    if (plan.replay_recorded) plan.reply_pieces = plan.dataset->max_message_pieces();
    const int64_t longest = plan.dataset->max_turns();
    const int64_t most = content.most_turns > 0 ? content.most_turns : longest;
    scenario.turns = {1, std::min(most, longest), plan.dataset->mean_turns(static_cast<uint32_t>(most))};
    return {};
  }

  // Powers of two of estimated prompt tokens, from the smallest first message to the longest conversation.
  void make_size_buckets(double most_text_tokens, ScenarioPlan& plan) const {
    const auto bucket = [](double tokens) {
      return std::bit_width(static_cast<uint64_t>(std::llround(std::max(1.0, tokens)))) - 1;
    };
    const double replies = plan.keep_replies ? static_cast<double>(plan.max_turns - 1) *
                                                   static_cast<double>(plan.scenario->max_tokens.value_or(4096))
                                             : 0;
    const int first = bucket(static_cast<double>(plan.dataset->min_first_bytes()) / kBytesPerToken);
    const int last = bucket(most_text_tokens + replies + kUuidTokens);
    for (int i = first; i <= last; ++i) plan.segments.push_back({int64_t{1} << i, (int64_t{2} << i) - 1});
  }

  const Adapter* find(std::string_view name) const {
    for (const Adapter* adapter : options_.extra_adapters) {
      if (adapter->name == name) return adapter;
    }
    return protocol::find_adapter(name);
  }

  // Empty, or what is wrong.
  std::string make_content(const Content& content, ScenarioPlan& plan) const {
    const bool shared = profile_.cache_mode == CacheMode::shared_prefix;
    const bool sized = content.mode == ContentMode::sized;
    if (has_uuids(profile_)) {
      plan.uuid_place = !shared ? UuidPlace::front : sized ? UuidPlace::behind_shared : UuidPlace::behind;
    }
    if (content.mode == ContentMode::dataset) return {};
    if (sized) {
      double sum = 0;
      for (const SizeDistribution::Choice& choice : content.size.choices) {
        plan.cumulative_choice.push_back(sum += choice.weight);
        plan.segments.push_back({choice.tokens, choice.tokens});
      }
      return {};
    }
    const std::vector<std::string>& texts = content.mode == ContentMode::scripted ? content.script : content.prompts;
    const int64_t repeat = content.mode == ContentMode::pool ? content.repeat : 1;
    if (texts.empty()) return "content: there are no prompts";
    size_t total = 0;
    for (const std::string& text : texts) {
      if (text.size() * static_cast<size_t>(repeat) > kMostPromptBytes) {
        return "content.repeat: a prompt of " + std::to_string(text.size() * static_cast<size_t>(repeat)) +
               " bytes, allowed: at most " + std::to_string(kMostPromptBytes);
      }
      total += text.size() * static_cast<size_t>(repeat);
      if (total > 4 * kMostPromptBytes) return "content: prompts of more than 256 MiB in all";
      plan.prompts.push_back(make_prompt(text, repeat));
      plan.request_uuids |= plan.prompts.back().holes() > 0;
    }
    return {};
  }

  const Profile& profile_;
  const WorkloadOptions& options_;
};

}  // namespace

size_t PromptTemplate::bytes() const {
  size_t bytes = holes() * kUuidDigits;
  for (const std::string& text : texts) bytes += text.size();
  return bytes;
}

std::expected<std::shared_ptr<const Workload>, std::string> Workload::make(const Profile& profile,
                                                                           const WorkloadOptions& options) {
  std::shared_ptr<Workload> workload(new Workload);
  workload->profile_ = profile;
  workload->seed_ = options.seed;
  PlanMaker maker(workload->profile_, options);
  size_t words = 1;
  const size_t least = has_uuids(workload->profile_) ? kCorpusWords : kUniqueCorpusWords;
  for (Scenario& scenario : workload->profile_.scenarios) {
    auto plan = maker.make(scenario, static_cast<uint32_t>(workload->scenarios_.size()));
    if (!plan) return std::unexpected(std::move(plan.error()));
    workload->scenarios_.push_back(std::move(*plan));
    if (scenario.content.mode == ContentMode::sized) {
      words = std::max({words, least, static_cast<size_t>(scenario.content.size.max_tokens())});
    }
  }
  words = std::min(words, kMostCorpusWords);
  workload->corpus_ = options.corpus != nullptr ? options.corpus : std::make_shared<Corpus>(options.seed, words);
  double sum = 0;
  for (ScenarioPlan& plan : workload->scenarios_) {
    maker.plan_bounds(*workload->corpus_, plan);
    plan.first_segment = workload->segments_;
    workload->segments_ += static_cast<uint32_t>(plan.segments.size());
    workload->cumulative_weight_.push_back(sum += plan.scenario->weight);
    const Target& target = plan.scenario->target;
    const auto known = std::find_if(workload->targets_.begin(), workload->targets_.end(),
                                    [&](const Target& each) { return each.same_origin(target); });
    plan.target = static_cast<uint32_t>(known - workload->targets_.begin());
    if (known == workload->targets_.end()) workload->targets_.push_back(target);
    workload->max_head_bytes_ = std::max(workload->max_head_bytes_, plan.head.max_bytes);
    workload->max_body_bytes_ = std::max(workload->max_body_bytes_, plan.max_body_bytes);
    workload->max_conversation_bytes_ = std::max(workload->max_conversation_bytes_, plan.conversation_bytes);
    workload->max_pieces_ = std::max(workload->max_pieces_, plan.max_pieces);
  }
  return workload;
}

const ScenarioPlan& Workload::draw_scenario(uint32_t stage, uint32_t lane, uint64_t k) const {
  const double at = Prng(seed_of(seed_, uint64_t{kScenarioDraw}, stage, lane, k)).uniform() * cumulative_weight_.back();
  const auto found = std::upper_bound(cumulative_weight_.begin(), cumulative_weight_.end(), at);
  const auto index = static_cast<size_t>(found - cumulative_weight_.begin());
  return scenarios_[std::min(index, scenarios_.size() - 1)];
}

}  // namespace ringload::load
