// What recording costs. The figures to watch: a histogram's record is a few ns, a whole request well below 100.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <vector>

#include "base/prng.h"
#include "stats/coarse.h"
#include "stats/recorder.h"

namespace ringload::stats {
namespace {

constexpr size_t kValues = 4096;

std::vector<int64_t> durations_us() {
  Prng random(1);
  std::vector<int64_t> values(kValues);
  for (int64_t& value : values) value = static_cast<int64_t>(std::exp(9 + random.normal()));
  return values;
}

std::vector<Outcome> outcomes(bool stream) {
  std::vector<Outcome> made;
  for (const int64_t us : durations_us()) {
    Outcome outcome;
    outcome.intended = outcome.sent = kSecond;
    outcome.sched_lag = us;
    outcome.status = 200;
    outcome.first_byte = kSecond + us * 300;
    outcome.end = kSecond + us * 1000;
    outcome.stream = stream;
    if (stream) {
      outcome.first_token = outcome.first_answer_token = outcome.first_byte;
      outcome.last_token = outcome.end;
      outcome.content_events = 128;
    }
    outcome.tokens = {.prompt = 128, .cached = 0, .completion = 128, .reasoning = -1};
    made.push_back(outcome);
  }
  return made;
}

void HistogramRecord(benchmark::State& state) {
  const auto values = durations_us();
  Histogram histogram;
  size_t i = 0;
  for (auto _ : state) histogram.record(values[i++ % kValues]);
  benchmark::DoNotOptimize(histogram.total());
}
BENCHMARK(HistogramRecord);

void RecordGap(benchmark::State& state) {
  const auto values = durations_us();
  Recorder recorder(1);
  size_t i = 0;
  for (auto _ : state) recorder.record_gap(0, values[i++ % kValues] * 1000);
  benchmark::DoNotOptimize(recorder.scenario(0)[Figure::itl].total());
}
BENCHMARK(RecordGap);

void RecordRequest(benchmark::State& state) {
  const auto requests = outcomes(state.range(0) != 0);
  Recorder recorder(1);
  size_t i = 0;
  for (auto _ : state) recorder.record(requests[i++ % kValues], true);
  benchmark::DoNotOptimize(recorder.scenario(0).steady.ok);
}
BENCHMARK(RecordRequest)->ArgName("stream")->Arg(0)->Arg(1);

void CoarseRequest(benchmark::State& state) {
  const auto requests = outcomes(true);
  CoarseRecorder recorder(4, 1);
  size_t i = 0;
  for (auto _ : state) recorder.record_end(0, requests[i++ % kValues]);
}
BENCHMARK(CoarseRequest);

// One second's hand-over of six scenarios.
void CoarsePublish(benchmark::State& state) {
  auto requests = outcomes(true);
  CoarseRecorder recorder(4, 6);
  SpscQueue<CoarseTick> queue(recorder.max_ticks());
  for (auto _ : state) {
    for (size_t i = 0; i < 60; ++i) {
      requests[i].scenario = static_cast<uint32_t>(i % 6);
      recorder.record_end(0, requests[i]);
    }
    recorder.publish(0, 1, queue);
    while (queue.front() != nullptr) queue.pop();
  }
}
BENCHMARK(CoarsePublish);

// Clearing and merging cost what was touched: nothing when nothing was.
void ClearAndMerge(benchmark::State& state) {
  const auto requests = outcomes(true);
  auto from = std::make_unique<Recorder>(6);
  auto to = std::make_unique<Recorder>(6);
  for (size_t i = 0; i < static_cast<size_t>(state.range(0)); ++i) from->record(requests[i % kValues], true);
  for (auto _ : state) {
    to->merge(*from);
    to->clear();
  }
}
BENCHMARK(ClearAndMerge)->ArgName("requests")->Arg(0)->Arg(100'000);

void Percentile(benchmark::State& state) {
  Histogram histogram;
  for (const int64_t value : durations_us()) histogram.record(value);
  for (auto _ : state) benchmark::DoNotOptimize(histogram.value_at_percentile(99));
}
BENCHMARK(Percentile);

void Encode(benchmark::State& state) {
  Histogram histogram;
  for (const int64_t value : durations_us()) histogram.record(value);
  for (auto _ : state) benchmark::DoNotOptimize(histogram.encode());
}
BENCHMARK(Encode);

}  // namespace
}  // namespace ringload::stats

BENCHMARK_MAIN();
