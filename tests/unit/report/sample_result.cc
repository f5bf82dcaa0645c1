#include "sample_result.h"

#include <cmath>

#include "report/figures.h"

namespace ringload::report {

Samples samples_through(uint64_t n, std::initializer_list<std::pair<double, int64_t>> points) {
  Samples samples;
  for (uint64_t i = 0; i < n; ++i) {
    const double share = n == 1 ? 1 : static_cast<double>(i) / static_cast<double>(n - 1);
    auto right = points.begin();
    while (right + 1 != points.end() && right->first < share) ++right;
    const auto left = right == points.begin() ? right : right - 1;
    const double width = right->first - left->first;
    const double part = width > 0 ? (share - left->first) / width : 1;
    samples.values.record(left->second + std::llround(part * static_cast<double>(right->second - left->second)));
  }
  return samples;
}

namespace {

Stat chat() {
  Stat s;
  s.label = "chat";
  s.share = 0.7;
  s.planned = 1400;
  s.window_s = 60;
  s.has_stream = s.has_slo = true;
  s.requests = 84'000;
  s.ok = 83'975;
  s.failed = 25;
  s.good = 83'070;
  s.coalesced_events = 1'234;
  s.ended = 83'952;
  s.ended_ok = 83'927;
  s.ended_good = 83'020;
  s.ended_prompt_tokens = 10'742'656;
  s.ended_completion_tokens = 10'742'760;
  s.prompt_tokens = 10'748'800;
  s.cached_tokens = 5'000;
  s.completion_tokens = 10'748'912;
  s.bytes_sent = 75'600'000;
  s.bytes_received = 2'016'000'000;
  s.errors[static_cast<size_t>(ErrorClass::stream_incomplete)] = 14;
  s.errors[static_cast<size_t>(ErrorClass::rate_limited)] = 3;
  s.errors[static_cast<size_t>(ErrorClass::http_5xx)] = 8;
  s.status_codes = {{200, 83'989}, {429, 3}, {502, 8}};
  s.latency = samples_through(83'975, {{0, 900'000}, {.5, 1'226'000}, {.9, 1'390'000}, {.95, 1'471'000},
                                       {.99, 1'803'000}, {.999, 2'615'000}, {1, 3'377'000}});
  s.latency.censored = 14;
  s.latency.intervals = {{0.99, 1'799'000, 1'841'000, false}};
  s.service = samples_through(83'975, {{0, 890'000}, {.5, 1'225'000}, {.99, 1'802'000}, {1, 3'377'000}});
  s.failed_latency = samples_through(25, {{0, 3'000}, {1, 700'000}});
  s.ttfb = samples_through(83'989, {{0, 20'000}, {.5, 120'000}, {.99, 400'000}, {1, 1'100'000}});
  s.ttft = samples_through(83'989, {{0, 30'000}, {.5, 171'000}, {.9, 243'000}, {.95, 288'000}, {.99, 452'000},
                                    {.999, 910'000}, {1, 1'204'000}});
  s.ttft.intervals = {{0.99, 443'000, 461'000, false}};
  s.ttfot = s.ttft;
  s.ttfot.intervals.clear();
  s.itl = samples_through(200'000, {{0, 0}, {.02, 0}, {.5, 8'000}, {.99, 21'000}, {1, 140'000}});
  s.tpot = samples_through(83'975, {{0, 6'000}, {.5, 8'300}, {1, 30'000}});
  s.stream_tokens = samples_through(83'975, {{0, 33'000}, {.5, 120'482}, {1, 166'000}});
  s.in_flight = 1735.6;
  s.cost_usd = 8.0617;
  return s;
}

Stat rag() {
  Stat s;
  s.label = "rag";
  s.share = 0.3;
  s.planned = 600;
  s.window_s = 60;
  s.has_stream = s.has_slo = true;
  s.requests = 35'871;
  s.ok = 35'824;
  s.failed = 47;
  s.good = 32'137;
  s.ended = 35'970;
  s.ended_ok = 35'923;
  s.ended_good = 32'200;
  s.ended_prompt_tokens = 143'692'000;
  s.ended_completion_tokens = 4'598'160;
  s.prompt_tokens = 143'296'000;
  s.completion_tokens = 4'585'472;
  s.errors[static_cast<size_t>(ErrorClass::stream_incomplete)] = 8;
  s.errors[static_cast<size_t>(ErrorClass::rate_limited)] = 38;
  s.errors[static_cast<size_t>(ErrorClass::http_5xx)] = 1;
  s.status_codes = {{200, 35'832}, {429, 38}, {502, 1}};
  s.rate_limits[Limited::requests] = {10'000, 0, 60'000};
  s.rate_limits[Limited::tokens] = {2'000'000, 1'500'000, -1};
  s.rate_limits.add_retry_after(250);
  s.rate_limits.add_retry_after(6'000);
  s.latency = samples_through(35'824, {{0, 1'000'000}, {.5, 1'672'000}, {.9, 2'088'000}, {.95, 2'301'000},
                                       {.99, 2'906'000}, {.999, 3'740'000}, {1, 4'102'000}});
  s.latency.intervals = {{0.99, 2'849'000, 2'960'000, true}};
  s.service = samples_through(35'824, {{0, 990'000}, {.5, 1'671'000}, {.99, 2'905'000}, {1, 4'102'000}});
  s.failed_latency = samples_through(47, {{0, 2'000}, {1, 900'000}});
  s.ttfb = samples_through(35'832, {{0, 100'000}, {.5, 500'000}, {1, 2'300'000}});
  s.ttft = samples_through(35'832, {{0, 200'000}, {.5, 604'000}, {.9, 947'000}, {.95, 1'132'000}, {.99, 1'610'000},
                                    {.999, 2'204'000}, {1, 2'480'000}});
  s.ttft.intervals = {{0.99, 1'562'000, -1, false}};
  s.ttfot = s.ttft;
  s.itl = samples_through(100'000, {{0, 1'000}, {.5, 8'500}, {1, 90'000}});
  s.tpot = samples_through(35'824, {{0, 6'000}, {.5, 8'400}, {1, 30'000}});
  s.stream_tokens = samples_through(35'824, {{0, 33'000}, {.5, 119'000}, {1, 166'000}});
  s.in_flight = 1002.4;
  return s;
}

void describe(RunResult& r) {
  r.version = "0.1.0";
  r.command = "run";
  r.profile_name = "chat-and-rag";
  r.profile_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  r.uuid_salt = "00c0ffee00c0ffee";
  r.labels = {{"build", "1234"}, {"note", "a \"quoted\" label"}};
  r.host = {"gen-1", "6.1.0-18-amd64", "Example CPU @ 3.00GHz", 16, 15, 68'719'476'736};
  r.started_unix_ms = 1'795'376'159'000;
  r.ended_unix_ms = 1'795'376'231'250;
}

}  // namespace

RunResult open_result() {
  RunResult r;
  describe(r);
  r.targets = {{"", "http://gw:4000/v1", "openai-chat", "gpt-4o-mini"}};
  StageResult stage;
  stage.stage = 1;
  stage.kind = StageKind::open;
  stage.from = stage.to = 2000;
  stage.duration_s = 70;
  stage.warmup_s = 10;
  stage.window_s = 60;
  stage.complete = true;
  stage.scenarios = {chat(), rag()};
  for (const Stat& scenario : stage.scenarios) add_stat(stage.total, scenario);
  stage.total.label = "total";
  stage.total.planned = 2000;
  stage.total.share = 1;
  stage.total.window_s = 60;
  stage.total.in_flight = 2738;
  stage.total.service.intervals = {{0.99, 2'834'000, 2'899'000, false}};
  stage.total.pass = false;
  stage.scenarios[0].pass = true;
  stage.scenarios[1].pass = false;
  stage.conservation = {.scheduled = 139'871, .ok = 139'799, .failed = 72, .warmup = 20'000, .resent = 3,
                        .preflight = 2, .abandoned = 4};
  stage.lag = samples_through(10'000, {{0, 1}, {.5, 9}, {.99, 41}, {1, 230}});
  r.stages.push_back(stage);
  r.aggregate = stage.total;
  r.aggregate.label = "aggregate";
  r.conservation = stage.conservation;
  r.series = {{0, 1, 2004, 2004, 0, 0, 1980, 38, -1, -1, -1, -1, 0, 0},
              {1, 1, 1987, 1987, 1950, 2, 2015, 40, 1'226'000, 1'790'000, 180'000, 610'000, 2'100'000, 250'000}};
  Stat small = chat();
  small.label = "128–255";
  r.segments = {{"chat", 128, 255, small}};
  r.thresholds = {{"error_rate<=0.5%", 1, "", "error_rate", "<=", 0.005, 0.0006, true, ""},
                  {"chat:ttft_p95<=500ms", 1, "chat", "ttft_p95", "<=", 500, 288.0, true, ""},
                  {"rag:ttft_p95<=1s", 1, "rag", "ttft_p95", "<=", 1000, 1132.0, false, ""}};
  for (ThresholdResult& threshold : r.thresholds) threshold.stage = 0;
  r.health.verdict = Verdict::valid;
  r.health.fd = {1'048'576, 58, 98'304, 3'004};
  r.health.ports = {28'232, 2'911, 120, 2, {{"", "10.0.0.9:4000", 2'911, 120, 2}, {"10.0.0.2", "10.0.0.9:4000", 90, 0, 0}}};
  r.health.lag = stage.lag;
  r.health.receive_lag = samples_through(5'000, {{0, 1}, {.5, 12}, {1, 300}});
  r.health.loop_lag = samples_through(5'000, {{0, 1}, {.5, 20}, {1, 400}});
  r.health.shards = {{0, 2, 0.38, 91'000, 1'200'000, 0, 0, 0}, {1, 3, 0.36, 90'000, 1'190'000, 0, 0, 1}};
  r.health.completions = 2'390'000;
  r.health.enters = 181'000;
  r.health.buffers = 4'096;
  r.health.buffers_used_peak = 777;
  r.health.jsonl_written = 139'871;
  r.health.offered_share = 0.9998;
  r.health.wrong_bin_share = 0.004;
  r.health.schedule_dispersion = 1.01;
  r.health.steal = 0.001;
  r.health.retransmits = 0;
  r.health.memory_peak_bytes = 734'003'200;
  r.connections = {2'911, 0, 0, {}, samples_through(2'911, {{0, 80}, {.5, 210}, {1, 900}}), {}};
  r.cost.total_usd = 31.25;
  r.cost.by_model = {{"gpt-4o-mini", 31.25}};
  r.pass = false;
  r.complete = true;
  r.ended_by = EndedBy::plan;
  r.exit_code = 1;
  return r;
}

RunResult closed_result() {
  RunResult r;
  describe(r);
  r.labels.clear();
  r.targets = {{"", "http://127.0.0.1:8080/v1", "openai-chat", "mock"}};
  r.aggregate.label = "aggregate";
  for (uint32_t i = 0; i < 3; ++i) {
    StageResult stage;
    stage.stage = i + 1;
    stage.from = 1 << (2 * i);
    stage.to = i == 1 ? 16 : stage.from;
    stage.duration_s = 30;
    stage.window_s = i == 2 ? 4.5 : 30;
    stage.complete = i != 2;
    Stat s;
    s.label = "simple";
    s.share = 1;
    s.planned = stage.from;
    s.window_s = stage.window_s;
    const uint64_t n = 1'000 * (i + 1);
    s.requests = s.ok = s.ended = s.ended_ok = n;
    s.status_codes = {{200, n}};
    const auto us = static_cast<int64_t>(400 * (i + 1));
    s.latency = samples_through(n, {{0, us / 2}, {.5, us}, {.99, 4 * us}, {1, 9 * us}});
    s.service = s.ttfb = s.latency;
    s.in_flight = stage.from;
    if (i == 2) {
      s.in_flight_at_stop = 16;
      s.requests += 16;
      s.latency.censored = s.service.censored = 16;
    }
    stage.scenarios = {s};
    stage.total = s;
    stage.total.label = "total";
    stage.conservation = {.scheduled = s.requests, .ok = s.ok, .in_flight_at_stop = s.in_flight_at_stop};
    add_stat(r.aggregate, stage.total);
    add_conservation(r.conservation, stage.conservation);
    r.stages.push_back(std::move(stage));
  }
  r.health.shards = {{0, -1, 0.97, 6'000, 12'000, 0, 0, 0}};
  r.connections = {11, 11, 4, samples_through(10, {{0, 300}, {1, 400}}), samples_through(10, {{0, 80}, {1, 900}}),
                   samples_through(10, {{0, 700}, {.5, 1'900}, {1, 11'000}})};
  r.notes = {"throughput is this generator's ceiling: the busiest shard worked 97 % of the time"};
  r.ended_by = EndedBy::sigint;
  r.exit_code = 130;
  return r;
}

RunResult empty_result() {
  RunResult r;
  describe(r);
  r.targets = {{"", "http://gw:4000/v1", "openai-chat", "gpt-4o-mini"}};
  StageResult stage;
  stage.stage = 1;
  stage.kind = StageKind::open;
  stage.arrival = ArrivalKind::gamma;
  stage.burstiness = 4;
  stage.from = 10;
  stage.to = 100;
  stage.duration_s = 30;
  stage.total.label = "total";
  Stat s;
  s.label = "chat";
  s.planned = 55;
  s.has_stream = s.has_slo = true;
  stage.scenarios = {s};
  r.stages.push_back(stage);
  r.aggregate.label = "aggregate";
  r.ended_unix_ms = 0;
  return r;
}

}  // namespace ringload::report
