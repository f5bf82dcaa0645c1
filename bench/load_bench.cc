// What it costs to begin a conversation, to encode its request and to know when the next one is due.
#include <benchmark/benchmark.h>

#include "load/conversation.h"
#include "load/schedule.h"
#include "ringload/profile_load.h"

namespace {

using namespace ringload;
using namespace ringload::load;

std::shared_ptr<const Workload> workload_of(std::string_view scenario) {
  const std::string text = R"({"defaults": {"target": "http://127.0.0.1:8080", "model": "gpt-4o-mini"}, "scenarios": [)" +
                           std::string(scenario) + "]}";
  return Workload::make(parse_profile(text, "bench", Environment::process()).value(), {.version = "bench"}).value();
}

constexpr const char* kSized128 = R"({"content": {"approx_input_tokens": 128}})";
constexpr const char* kPool = "{}";
constexpr const char* kHotpath = R"({"content": {"approx_input_tokens": 12500}})";
constexpr const char* kRepeated = R"({"content": {"prompts": ["{uuid} some words that fill the context. "], "repeat": 150}})";

void begin_conversation(benchmark::State& state, const char* scenario) {
  const auto workload = workload_of(scenario);
  const ScenarioPlan& plan = workload->scenarios()[0];
  std::vector<char> memory(plan.conversation_bytes);
  Conversation conversation;
  uint64_t k = 0;
  for (auto _ : state) {
    conversation.begin(plan, {1, 7, k++, 0}, memory);
    benchmark::DoNotOptimize(conversation.uuid().data());
  }
}
BENCHMARK_CAPTURE(begin_conversation, sized_128, kSized128);
BENCHMARK_CAPTURE(begin_conversation, pool, kPool);
BENCHMARK_CAPTURE(begin_conversation, sized_12500, kHotpath);
BENCHMARK_CAPTURE(begin_conversation, uuid_150_times, kRepeated);

void encode_request(benchmark::State& state, const char* scenario) {
  const auto workload = workload_of(scenario);
  const ScenarioPlan& plan = workload->scenarios()[0];
  std::vector<char> memory(plan.conversation_bytes);
  std::vector<std::string_view> spans(plan.max_pieces);
  std::vector<char> head(plan.head.max_bytes);
  Conversation conversation;
  conversation.begin(plan, {1, 7, 3, 0}, memory);
  for (auto _ : state) {
    BodyWriter body(spans);
    conversation.encode(body);
    benchmark::DoNotOptimize(conversation.render_head(head, body.bytes()));
  }
}
BENCHMARK_CAPTURE(encode_request, sized_128, kSized128);
BENCHMARK_CAPTURE(encode_request, sized_12500, kHotpath);
BENCHMARK_CAPTURE(encode_request, uuid_150_times, kRepeated);

void next_start(benchmark::State& state, Arrival arrival) {
  Stage stage;
  stage.loop = Loop::open;
  stage.legs = {{60'000, 60'000, int64_t{3'600} * 1'000'000'000}};
  stage.duration_ns = stage.legs[0].duration_ns;
  stage.arrival = arrival;
  stage.burstiness = 4;
  const OpenSchedule schedule(stage, 1, 1, 1);
  ShardStarts starts(0, static_cast<uint32_t>(state.range(0)));
  starts.begin(schedule);
  for (auto _ : state) {
    starts.pop();
    benchmark::DoNotOptimize(starts.front().at);
  }
}
BENCHMARK_CAPTURE(next_start, poisson, Arrival::poisson)->Arg(1)->Arg(16);
BENCHMARK_CAPTURE(next_start, constant, Arrival::constant)->Arg(1)->Arg(16);
BENCHMARK_CAPTURE(next_start, gamma, Arrival::gamma)->Arg(1)->Arg(16);

}  // namespace
