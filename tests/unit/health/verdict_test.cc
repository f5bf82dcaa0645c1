// Every sign of the table provoked alone, and just below each of its bounds.
#include "health/verdict.h"

#include <gtest/gtest.h>

namespace ringload::health {
namespace {

// A healthy open stage of 100,000 requests; each test spoils one thing.
StageSigns healthy() {
  StageSigns stage;
  stage.number = 1;
  stage.open = true;
  stage.sched_lag_p99 = 60;
  stage.receive_lag_p99 = 80;
  stage.ttfb_p50 = 20'000;
  stage.ttft_p50 = 24'000;
  stage.itl_p50 = 10'000;
  stage.coalesced = 0.1;
  stage.starts_scheduled = stage.starts_offered = stage.requests = stage.binned = 100'000;
  stage.wrong_bin = 600;
  stage.busy = {{0, 0.4, 0}, {1, 0.5, 0.01}};
  return stage;
}

HealthInputs run_of(StageSigns stage) {
  HealthInputs inputs;
  inputs.stages = {std::move(stage)};
  inputs.completions = 1'000'000;
  inputs.steal = 0.001;
  inputs.other_load = 0.01;
  inputs.max_in_flight = 5000;
  return inputs;
}

void expect_clean(const HealthInputs& inputs) {
  const Judgement judgement = judge(inputs);
  EXPECT_EQ(judgement.verdict, Verdict::valid);
  EXPECT_TRUE(judgement.reasons.empty()) << judgement.reasons.front().sign;
}

// Exactly one reason, of this sign and severity. Its sentence is there and says what helps.
HealthReason expect_one(const HealthInputs& inputs, const char* sign, Verdict severity) {
  const Judgement judgement = judge(inputs);
  EXPECT_EQ(judgement.verdict, severity) << sign;
  EXPECT_EQ(judgement.reasons.size(), 1u) << sign;
  if (judgement.reasons.empty()) return {};
  const HealthReason reason = judgement.reasons.front();
  EXPECT_EQ(reason.sign, sign);
  EXPECT_EQ(reason.severity, severity) << sign;
  EXPECT_GT(reason.detail.size(), 40u) << sign;
  return reason;
}

TEST(Verdict, HealthyRunIsValid) { expect_clean(run_of(healthy())); }
TEST(Verdict, NothingAtAllIsValid) { expect_clean({}); }

TEST(Verdict, SendLagIsMeasuredAgainstTheFirstAnswer) {
  StageSigns stage = healthy();
  stage.sched_lag_p99 = 1000;  // 5 % of 20 ms
  expect_clean(run_of(stage));
  stage.sched_lag_p99 = 1001;
  const HealthReason reason = expect_one(run_of(stage), "sched_lag_p99", Verdict::suspect);
  EXPECT_EQ(reason.limit, 1000);
  EXPECT_EQ(reason.value, 1001);
  EXPECT_EQ(reason.unit, "us");
  EXPECT_EQ(reason.stage, 1u);
  stage.sched_lag_p99 = 10'000;  // 50 %
  expect_one(run_of(stage), "sched_lag_p99", Verdict::suspect);
  stage.sched_lag_p99 = 10'001;
  EXPECT_EQ(expect_one(run_of(stage), "sched_lag_p99", Verdict::invalid).limit, 10'000);
}

TEST(Verdict, SendLagBelow300UsSaysNothingAndBelow1MsIsNeverInvalid) {
  StageSigns stage = healthy();
  stage.ttfb_p50 = 100;
  stage.sched_lag_p99 = 300;
  expect_clean(run_of(stage));
  stage.sched_lag_p99 = 301;
  expect_one(run_of(stage), "sched_lag_p99", Verdict::suspect);
  stage.sched_lag_p99 = 1000;
  expect_one(run_of(stage), "sched_lag_p99", Verdict::suspect);
  stage.sched_lag_p99 = 1001;
  expect_one(run_of(stage), "sched_lag_p99", Verdict::invalid);
}

TEST(Verdict, SendLagTakesTheSmallerOfTtfbAndTtft) {
  StageSigns stage = healthy();
  stage.ttfb_p50 = 200'000;
  stage.ttft_p50 = 10'000;
  stage.sched_lag_p99 = 501;
  expect_one(run_of(stage), "sched_lag_p99", Verdict::suspect);
  stage.ttft_p50.reset();  // nothing was streamed
  expect_clean(run_of(stage));
  stage.ttfb_p50.reset();  // nothing was answered: nothing that lag could distort
  stage.sched_lag_p99 = 50'000;
  expect_clean(run_of(stage));
}

TEST(Verdict, ReceiveLagIsMeasuredAgainstTokenTimes) {
  StageSigns stage = healthy();
  stage.receive_lag_p99 = 500;  // 5 % of the ITL of 10 ms
  expect_clean(run_of(stage));
  stage.receive_lag_p99 = 501;
  EXPECT_EQ(expect_one(run_of(stage), "receive_lag_p99", Verdict::suspect).limit, 500);
  stage.receive_lag_p99 = 5000;
  expect_one(run_of(stage), "receive_lag_p99", Verdict::suspect);
  stage.receive_lag_p99 = 5001;
  expect_one(run_of(stage), "receive_lag_p99", Verdict::invalid);
}

TEST(Verdict, ReceiveLagBelow300UsSaysNothingAndBelow1MsIsNeverInvalid) {
  StageSigns stage = healthy();
  stage.itl_p50 = 50;
  stage.receive_lag_p99 = 300;
  expect_clean(run_of(stage));
  stage.receive_lag_p99 = 301;
  expect_one(run_of(stage), "receive_lag_p99", Verdict::suspect);
  stage.receive_lag_p99 = 1000;
  expect_one(run_of(stage), "receive_lag_p99", Verdict::suspect);
  stage.receive_lag_p99 = 1001;
  expect_one(run_of(stage), "receive_lag_p99", Verdict::invalid);
}

TEST(Verdict, ItlIsLeftOutWhenMostGapsAreCoalesced) {
  StageSigns stage = healthy();
  stage.receive_lag_p99 = 600;  // above 5 % of the ITL, below 5 % of TTFT
  stage.coalesced = 0.5;
  expect_one(run_of(stage), "receive_lag_p99", Verdict::suspect);
  stage.coalesced = 0.51;
  expect_clean(run_of(stage));
  stage.receive_lag_p99 = 1201;  // TTFT still judges
  expect_one(run_of(stage), "receive_lag_p99", Verdict::suspect);
}

TEST(Verdict, ReceiveLagWithoutStreamsHasNothingToDistort) {
  StageSigns stage = healthy();
  stage.ttft_p50.reset();
  stage.itl_p50.reset();
  stage.receive_lag_p99 = 100'000;
  expect_clean(run_of(stage));
}

TEST(Verdict, LagOfAClosedStageIsNotJudged) {
  StageSigns stage = healthy();
  stage.open = false;
  stage.sched_lag_p99 = stage.receive_lag_p99 = 500'000;
  stage.starts_offered = 0;
  stage.wrong_bin = stage.binned;
  expect_clean(run_of(stage));
}

TEST(Verdict, OfferedRate) {
  StageSigns stage = healthy();
  stage.starts_offered = 99'000;
  expect_clean(run_of(stage));
  stage.starts_offered = 98'999;
  EXPECT_EQ(expect_one(run_of(stage), "offered_rate", Verdict::suspect).unit, "share");
  stage.starts_offered = 95'000;
  expect_one(run_of(stage), "offered_rate", Verdict::suspect);
  stage.starts_offered = 94'999;
  expect_one(run_of(stage), "offered_rate", Verdict::invalid);
}

TEST(Verdict, BusyOpenStage) {
  StageSigns stage = healthy();
  stage.busy = {{0, 0.8, 0.49}};
  expect_clean(run_of(stage));
  stage.busy = {{0, 0.81, 0.49}};
  EXPECT_DOUBLE_EQ(expect_one(run_of(stage), "busy", Verdict::suspect).value, 0.81);
  stage.busy = {{0, 0.7, 0.5}};
  const HealthReason reason = expect_one(run_of(stage), "busy", Verdict::invalid);
  EXPECT_DOUBLE_EQ(reason.value, 0.5);
  EXPECT_DOUBLE_EQ(reason.limit, 0.5);
}

TEST(Verdict, BusyNamesTheWorstShardAndCountsTheOthers) {
  StageSigns stage = healthy();
  stage.busy = {{0, 0.85, 0}, {1, 0.81, 0.6}, {2, 0.99, 0.1}, {3, 0.2, 0}};
  const HealthReason reason = expect_one(run_of(stage), "busy", Verdict::invalid);
  EXPECT_NE(reason.detail.find("shard 1"), std::string::npos) << reason.detail;
  EXPECT_NE(reason.detail.find("2 more"), std::string::npos) << reason.detail;
  stage.busy[1].seconds_above_95 = 0;
  EXPECT_NE(expect_one(run_of(stage), "busy", Verdict::suspect).detail.find("shard 2"), std::string::npos);
}

TEST(Verdict, BusyClosedStageIsANote) {
  StageSigns stage = healthy();
  stage.open = false;
  stage.busy = {{0, 0.8, 0}};
  EXPECT_TRUE(judge(run_of(stage)).notes.empty());
  stage.busy = {{0, 0.81, 0}};
  EXPECT_EQ(judge(run_of(stage)).notes.size(), 1u);
  stage.busy = {{0, 1.0, 1.0}};
  expect_clean(run_of(stage));
  const Judgement judgement = judge(run_of(stage));
  ASSERT_EQ(judgement.notes.size(), 1u);
  EXPECT_NE(judgement.notes.front().find("throughput is this generator's ceiling"), std::string::npos);
}

TEST(Verdict, GeneratorErrors) {
  for (const auto member :
       {&StageSigns::gen_fd_errors, &StageSigns::gen_port_errors, &StageSigns::gen_overload_errors}) {
    StageSigns stage = healthy();
    stage.*member = 1;
    expect_one(run_of(stage), "gen_errors", Verdict::suspect);
    stage.*member = 10;  // 0.01 % of 100,000
    expect_one(run_of(stage), "gen_errors", Verdict::suspect);
    stage.*member = 11;
    expect_one(run_of(stage), "gen_errors", Verdict::invalid);
    stage.open = false;  // judged in closed stages, too
    expect_one(run_of(stage), "gen_errors", Verdict::invalid);
  }
  StageSigns stage = healthy();
  stage.gen_fd_errors = 3;
  EXPECT_NE(expect_one(run_of(stage), "gen_errors", Verdict::suspect).detail.find("ulimit -n"), std::string::npos);
  stage.gen_fd_errors = 0;
  stage.gen_port_errors = 3;
  EXPECT_NE(expect_one(run_of(stage), "gen_errors", Verdict::suspect).detail.find("--source-ip"), std::string::npos);
}

TEST(Verdict, OneShedRequestIsInvalidAndNamesTheTarget) {
  StageSigns stage = healthy();
  stage.shed = 1;
  const HealthReason reason = expect_one(run_of(stage), "shed", Verdict::invalid);
  EXPECT_NE(reason.detail.find("the target answers more slowly"), std::string::npos) << reason.detail;
  EXPECT_NE(reason.detail.find("limit of 5000 in flight"), std::string::npos) << reason.detail;
}

TEST(Verdict, ShedNamesWhatSetTheLimit) {
  StageSigns stage = healthy();
  stage.shed = 7;
  HealthInputs inputs = run_of(stage);
  const std::pair<InFlightLimit, const char*> limits[] = {{InFlightLimit::fd, "ulimit -Hn"},
                                                          {InFlightLimit::ports, "ip_local_port_range"},
                                                          {InFlightLimit::timeout, "rate times timeout"},
                                                          {InFlightLimit::user, "--max-in-flight"}};
  for (const auto& [limit, text] : limits) {
    inputs.max_in_flight_reason = limit;
    const HealthReason reason = expect_one(inputs, "shed", Verdict::invalid);
    EXPECT_NE(reason.detail.find(text), std::string::npos) << reason.detail;
  }
}

TEST(Verdict, ShedDoesNotBlameTheTargetWhenTheGeneratorWasLateOrBusy) {
  StageSigns late = healthy();
  late.shed = 7;
  late.sched_lag_p99 = 5000;
  StageSigns slow = healthy();
  slow.shed = 7;
  slow.receive_lag_p99 = 5000;
  StageSigns busy = healthy();
  busy.shed = 7;
  busy.busy = {{0, 0.9, 0}};
  for (const StageSigns& stage : {late, slow, busy}) {
    const Judgement judgement = judge(run_of(stage));
    ASSERT_EQ(judgement.reasons.size(), 2u);
    EXPECT_EQ(judgement.reasons[0].sign, "shed");  // the invalid one first
    EXPECT_EQ(judgement.reasons[0].detail.find("the target answers"), std::string::npos) << judgement.reasons[0].detail;
  }
  // Another stage's lateness is not this one's.
  StageSigns shedding = healthy();
  shedding.shed = 7;
  StageSigns other = healthy();
  other.number = 2;
  other.sched_lag_p99 = 5000;
  HealthInputs inputs = run_of(shedding);
  inputs.stages.insert(inputs.stages.begin(), other);
  EXPECT_NE(judge(inputs).reasons[0].detail.find("the target answers"), std::string::npos);
}

TEST(Verdict, CompletionQueueOverflow) {
  HealthInputs inputs = run_of(healthy());
  inputs.overflow = 1;
  expect_one(inputs, "cq_overflow", Verdict::suspect);
  inputs.overflow = 1000;  // 0.1 % of 1,000,000
  expect_one(inputs, "cq_overflow", Verdict::suspect);
  inputs.overflow = 1001;
  expect_one(inputs, "cq_overflow", Verdict::invalid);
}

TEST(Verdict, ReceiveBuffersExhausted) {
  HealthInputs inputs = run_of(healthy());
  inputs.buffers_exhausted = 1000;
  expect_clean(inputs);
  inputs.buffers_exhausted = 1001;
  expect_one(inputs, "buffers_exhausted", Verdict::suspect);
  inputs.buffers_exhausted = 10'000;
  expect_one(inputs, "buffers_exhausted", Verdict::suspect);
  inputs.buffers_exhausted = 10'001;
  expect_one(inputs, "buffers_exhausted", Verdict::invalid);
}

TEST(Verdict, WrongBin) {
  StageSigns stage = healthy();
  stage.wrong_bin = 5000;
  expect_clean(run_of(stage));
  stage.wrong_bin = 5001;
  expect_one(run_of(stage), "wrong_bin", Verdict::suspect);
  stage.wrong_bin = stage.binned;  // never invalid by itself
  expect_one(run_of(stage), "wrong_bin", Verdict::suspect);
  stage.binned = stage.wrong_bin = 99;  // too few to be more than an accident
  expect_clean(run_of(stage));
}

TEST(Verdict, ScheduleAudit) {
  StageSigns stage = healthy();
  ArrivalAudit audit;
  audit.starts = 100'000;
  audit.starts_expected = 100'100;
  audit.starts_tolerance = 1265;
  audit.dispersion = 1.05;
  audit.dispersion_tolerance = 0.1;
  stage.audit = audit;
  expect_clean(run_of(stage));
  stage.audit->wrong_dispersion = true;
  stage.audit->dispersion = 0.2;
  EXPECT_DOUBLE_EQ(expect_one(run_of(stage), "schedule_dispersion", Verdict::suspect).value, 0.2);
  stage.audit = audit;
  stage.audit->wrong_count = true;
  expect_one(run_of(stage), "schedule_count", Verdict::suspect);
}

TEST(Verdict, StealAndOtherLoad) {
  const std::pair<std::optional<double> HealthInputs::*, const char*> rows[] = {
      {&HealthInputs::steal, "steal"}, {&HealthInputs::other_load, "other_load"},
      {&HealthInputs::throttled, "cpu_quota"}};
  for (const auto& [member, sign] : rows) {
    HealthInputs inputs = run_of(healthy());
    inputs.*member = 0.02;
    expect_clean(inputs);
    inputs.*member = 0.021;
    expect_one(inputs, sign, Verdict::suspect);
    inputs.*member = 0.9;  // by itself it does not say that a figure is wrong
    expect_one(inputs, sign, Verdict::suspect);

    inputs.stages[0].sched_lag_p99 = 1001;  // suspect by itself
    inputs.*member = 0.2;
    EXPECT_EQ(judge(inputs).verdict, Verdict::suspect);
    inputs.*member = 0.201;
    const Judgement judgement = judge(inputs);
    EXPECT_EQ(judgement.verdict, Verdict::invalid);
    ASSERT_EQ(judgement.reasons.size(), 2u);
    EXPECT_EQ(judgement.reasons[0].sign, sign);
    inputs.*member = std::nullopt;
    EXPECT_EQ(judge(inputs).verdict, Verdict::suspect);
  }
}

TEST(Verdict, StealAndOtherLoadTogetherAreNotOneOfTheRowsAbove) {
  HealthInputs inputs = run_of(healthy());
  inputs.steal = inputs.other_load = 0.5;
  EXPECT_EQ(judge(inputs).verdict, Verdict::suspect);
  inputs.jsonl_dropped = 5;  // below them in the table
  EXPECT_EQ(judge(inputs).verdict, Verdict::suspect);
}

TEST(Verdict, LostRecordsAndCutReplies) {
  HealthInputs inputs = run_of(healthy());
  inputs.jsonl_dropped = 1;
  expect_one(inputs, "jsonl_dropped", Verdict::suspect);
  inputs = run_of(healthy());
  inputs.reply_truncated = 1;
  expect_one(inputs, "reply_truncated", Verdict::suspect);
}

TEST(Verdict, TheWorstReasonComesFirstAndDecides) {
  StageSigns first = healthy();
  first.sched_lag_p99 = 1001;
  StageSigns second = healthy();
  second.number = 2;
  second.starts_offered = 0;
  HealthInputs inputs = run_of(first);
  inputs.stages.push_back(second);
  const Judgement judgement = judge(inputs);
  EXPECT_EQ(judgement.verdict, Verdict::invalid);
  ASSERT_EQ(judgement.reasons.size(), 2u);
  EXPECT_EQ(judgement.reasons[0].sign, "offered_rate");
  EXPECT_EQ(judgement.reasons[0].stage, 2u);
  EXPECT_EQ(judgement.reasons[1].sign, "sched_lag_p99");
}

}  // namespace
}  // namespace ringload::health
