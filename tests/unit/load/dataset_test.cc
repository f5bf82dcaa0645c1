#include "load/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "load/conversation.h"
#include "load/dataset_record.h"
#include "load_testing.h"

namespace ringload::load {
namespace {

using Who = DatasetRecord::Who;

// "user: text|text / assistant: …"
std::string told(std::string_view line) {
  DatasetRecord record(line);
  std::string out;
  std::array<std::string_view, 8> pieces;
  while (record.next_is(Who::user) || record.next_is(Who::assistant)) {
    if (!out.empty()) out += " / ";
    out += record.next_is(Who::user) ? "user:" : "assistant:";
    const size_t count = record.take(pieces);
    for (size_t i = 0; i < count; ++i) (out += i == 0 ? " " : "|") += pieces[i];
  }
  return out;
}

TEST(DatasetRecord, ReadsEveryForm) {
  EXPECT_EQ(told(R"({"prompt": "say \"hi\"\n"})"), R"(user: say \"hi\"\n)");
  EXPECT_EQ(told(R"({"id": [1, {"prompt": "no"}], "messages": [{"role": "system", "content": "s"},
      {"content": "a", "role": "user"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]})"),
            "user: a / assistant: b / user: c");
  EXPECT_EQ(told(R"({"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"},{"from":"human","value":"c"}]})"),
            "user: a / assistant: b / user: c");
}

TEST(DatasetRecord, JoinsNeighboursAndPassesOverWhatHasNoText) {
  EXPECT_EQ(told(R"({"messages": [{"role": "assistant", "content": "nobody asked"}, {"role": "user", "content": "a"}, {},
      {"role": "user", "content": [{"type": "text", "text": "b"}, {}, {"type": "image_url", "image_url": {"url": "x"}},
                                   {"type": "text", "text": "c"}]},
      {"role": "assistant", "content": null, "tool_calls": []}, {"role": "tool", "content": "t"},
      {"role": "user", "content": ""}, {"role": "user", "content": "d"}]})"),
            R"(user: a|\n\n|b|c|\n\n|d)");
  EXPECT_EQ(told(R"({"messages": []})"), "");
  EXPECT_EQ(told(R"({"prompt": ""})"), "");
  EXPECT_EQ(told(R"({"prompt": 5})"), "");
}

TEST(DatasetRecord, TakesWhatFits) {
  DatasetRecord record(R"({"prompt": "a"})");
  EXPECT_EQ(record.take({}), 0u);
  EXPECT_FALSE(record.next_is(Who::user));
}

TEST(DatasetRecord, ChecksLines) {
  for (const char* good : {R"({})", R"({"a": [1, -2.5e+3, true, false, null, "\u00e9\ud83d \\\/\b"]} )", R"("x")"})
    EXPECT_TRUE(is_json_line(good)) << good;
  for (const char* bad : {"", "{", R"({"a"})", R"({"a": })", R"({"a": 1,})", R"({"a": 1} x)", R"("\x")", R"("\u12g4")",
                          "\"tab\there\"", R"([1, 2)", R"({"a": nul})", "\"\xff\"", R"('a')"})
    EXPECT_FALSE(is_json_line(bad)) << bad;
  EXPECT_FALSE(is_json_line(std::string(100, '[') + std::string(100, ']')));
}

// Whatever a line holds, reading stays inside it: the copy ends where its memory does.
TEST(DatasetRecord, SurvivesEveryCutAndEveryByte) {
  const std::string line = R"({"x": {"y": [1]}, "messages": [{"role": "user", "content": [{"text": "a\u0041"}]},
      {"role": "assistant", "content": "b"}]})";
  for (size_t size = 0; size <= line.size(); ++size) {
    const std::vector<char> cut(line.begin(), line.begin() + static_cast<ptrdiff_t>(size));
    told({cut.data(), cut.size()});
    is_json_line({cut.data(), cut.size()});
  }
  for (size_t at = 0; at < line.size(); ++at)
    for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', 'u', '\0'}) {
      std::vector<char> changed(line.begin(), line.end());
      changed[at] = c;
      told({changed.data(), changed.size()});
      is_json_line({changed.data(), changed.size()});
    }
}

class DatasetFile {
 public:
  explicit DatasetFile(std::string_view text) {
    static int number = 0;
    path = ::testing::TempDir() + "dataset_" + std::to_string(::getpid()) + "_" + std::to_string(++number) + ".jsonl";
    std::ofstream(path) << text;
  }
  ~DatasetFile() { std::remove(path.c_str()); }
  std::string path;
};

std::string error_of(std::string_view text) {
  const DatasetFile file(text);
  const auto dataset = Dataset::open(file.path);
  return dataset ? "" : dataset.error().substr(file.path.size());
}

TEST(Dataset, ErrorsNameTheLine) {
  EXPECT_EQ(error_of("{\"prompt\": \"a\"}\n\n{\"prompt\": }\n").substr(0, 33), ":3: found a line that is not JSON");
  EXPECT_EQ(error_of("{\"prompt\": \"\"}").substr(0, 25), ":1: found no text of a us");
  EXPECT_EQ(error_of("\n \n").substr(0, 24), ": found only empty lines");
  EXPECT_NE(Dataset::open("/no/such/file").error().find("No such file"), std::string::npos);
}

TEST(Dataset, PicksEachRecordOnceBeforeAnyComesAgain) {
  for (const size_t count : {1, 2, 3, 5, 16, 17, 1000}) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += "{\"prompt\": \"p" + std::to_string(i) + "\"}\n";
    const DatasetFile file(text);
    const auto dataset = *Dataset::open(file.path);
    ASSERT_EQ(dataset->size(), count);
    std::vector<size_t> orders[2];
    for (size_t round = 0; round < 2; ++round) {
      for (size_t i = 0; i < count; ++i) orders[round].push_back(dataset->pick(7, round * count + i));
      EXPECT_EQ(std::set<size_t>(orders[round].begin(), orders[round].end()).size(), count);
    }
    if (count < 16) continue;
    EXPECT_NE(orders[0], orders[1]);
    EXPECT_NE(orders[0][0] + orders[0][1] * count, dataset->pick(8, 0) + dataset->pick(8, 1) * count);
  }
}

struct Talk {
  explicit Talk(const ScenarioPlan& plan, Identity identity = {1, 0, 0, 0, 1}) : memory(plan.conversation_bytes + 8) {
    conversation.begin(plan, identity, {memory.data(), plan.conversation_bytes});
  }
  std::string body() {
    std::vector<std::string_view> spans(conversation.plan().max_pieces);
    BodyWriter out(spans);
    conversation.encode(out);
    EXPECT_FALSE(out.overflow());
    EXPECT_LE(out.bytes(), conversation.plan().max_body_bytes);
    std::string text;
    for (const std::string_view span : out.spans()) text += span;
    const size_t uuid = text.find(conversation.uuid());
    return uuid == std::string::npos ? text : text.replace(uuid, 33, "U ");
  }
  std::vector<char> memory;
  Conversation conversation;
};

constexpr std::string_view kThree = R"({"messages": [{"role": "user", "content": "one\n"},
 {"role": "assistant", "content": "uno"}, {"role": "user", "content": [{"type": "text", "text": "t"}, {"type": "text",
 "text": "wo"}]}, {"role": "assistant", "content": "d"}, {"role": "assistant", "content": "os"},
 {"role": "user", "content": "three"}]})";

std::string one_line(std::string_view text) {
  std::string out(text);
  std::erase(out, '\n');
  return out + "\n";
}

Profile profile_of(const DatasetFile& file, std::string_view more) {
  return good_profile(R"({"defaults": {"target": "http://h", "model": "m", "max_tokens": null}, "scenarios": [{"content":
      {"mode": "dataset", "file": ")" + file.path + "\"" + std::string(more) + "}]}");
}

TEST(Dataset, LiveRepliesAreFedBack) {
  const DatasetFile file(one_line(kThree));
  const auto workload = good_workload(profile_of(file, "}"));
  const ScenarioPlan& plan = workload->scenarios()[0];
  EXPECT_EQ(plan.max_turns, 3u);
  EXPECT_DOUBLE_EQ(workload->profile().mean_turns(), 3);
  Talk talk(plan);
  EXPECT_EQ(talk.conversation.turns_total(), 3u);
  EXPECT_EQ(talk.body(), R"({"model":"m","messages":[{"role":"user","content":"U one\n"}]})");
  for (const std::string_view reply : {"r1", "r2"}) {
    const std::span<char> space = talk.conversation.reply_space();
    ASSERT_GE(space.size(), 1000u);
    std::copy(reply.begin(), reply.end(), space.data());
    ASSERT_TRUE(talk.conversation.finish_turn(reply.size()));
  }
  EXPECT_EQ(talk.body(), R"({"model":"m","messages":[{"role":"user","content":"U one\n"},{"role":"assistant","content":"r1"},)"
                         R"({"role":"user","content":"two"},{"role":"assistant","content":"r2"},)"
                         R"({"role":"user","content":"three"}]})");
  EXPECT_TRUE(talk.conversation.reply_space().empty());
  EXPECT_FALSE(talk.conversation.finish_turn(0));
}

TEST(Dataset, RecordedRepliesAreFedBackWhenAskedFor) {
  const DatasetFile file(one_line(kThree));
  const auto workload = good_workload(profile_of(file, R"(, "replay": "recorded"})"));
  const ScenarioPlan& plan = workload->scenarios()[0];
  EXPECT_FALSE(plan.keep_replies);
  Talk talk(plan);
  EXPECT_TRUE(talk.conversation.reply_space().empty());
  ASSERT_TRUE(talk.conversation.finish_turn(0));
  ASSERT_TRUE(talk.conversation.finish_turn(0));
  EXPECT_EQ(talk.body(), R"({"model":"m","messages":[{"role":"user","content":"U one\n"},{"role":"assistant","content":"uno"},)"
                         R"({"role":"user","content":"two"},{"role":"assistant","content":"d\n\nos"},)"
                         R"({"role":"user","content":"three"}]})");
}

TEST(Dataset, TurnsCutLongConversations) {
  const DatasetFile file(one_line(kThree) + "{\"prompt\": \"alone\"}\n");
  const auto workload = good_workload(profile_of(file, R"(}, "turns": 2)"));
  EXPECT_DOUBLE_EQ(workload->profile().mean_turns(), 1.5);
  std::set<uint32_t> turns;
  for (uint64_t k = 0; k < 2; ++k)
    turns.insert(Talk(workload->scenarios()[0], {1, 0, k, 0, 1}).conversation.turns_total());
  EXPECT_EQ(turns, (std::set<uint32_t>{1, 2}));
}

TEST(Dataset, SegmentsArePowersOfTwoOfEstimatedTokens) {
  std::string text;
  for (const size_t bytes : {40, 400, 4000}) text += "{\"prompt\": \"" + std::string(bytes, 'x') + "\"}\n";
  const DatasetFile file(text);
  const auto workload = good_workload(profile_of(file, "}"));
  const ScenarioPlan& plan = workload->scenarios()[0];
  EXPECT_EQ(plan.segments.front(), (PromptSize{8, 15}));
  EXPECT_EQ(plan.segments.back(), (PromptSize{512, 1023}));
  for (uint64_t k = 0; k < 3; ++k) {
    Talk talk(plan, {1, 0, k, 0, 1});
    const PromptSize size = plan.segments[talk.conversation.segment()];
    const double tokens = static_cast<double>(talk.body().size() - 55 + 32) / kBytesPerToken;  // the body's frame
    EXPECT_GT(tokens, static_cast<double>(size.from) * 0.9);
    EXPECT_LT(tokens, static_cast<double>(size.to) * 1.1);
  }
}

}  // namespace
}  // namespace ringload::load
