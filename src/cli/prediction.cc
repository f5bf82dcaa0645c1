#include "cli/prediction.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>

#include "base/time.h"
#include "cli/sizes.h"
#include "engine/jsonl_writer.h"

namespace ringload::cli {
namespace {

constexpr int64_t kUnbounded = 24 * 3'600 * kSecond;  // the length of a stage that only its requests end

// Requests of one stage; absent when only time ends it.
std::optional<double> requests_of(const Stage& stage, double mean_turns, bool& at_most) {
  const auto bound = static_cast<double>(stage.max_requests);
  if (stage.loop == Loop::closed) {
    if (stage.max_requests == 0) return std::nullopt;
    if (stage.duration_ns < kUnbounded) at_most = true;
    return bound;
  }
  double requests = stage.mean_level() * static_cast<double>(stage.duration_ns) / 1e9;
  if (stage.rate_of == RateOf::conversations) requests *= mean_turns;
  return stage.max_requests == 0 ? requests : std::min(requests, bound);
}

// Mean tokens of one request's prompt: turn i holds i user messages and i − 1 replies.
double input_of(const load::ScenarioPlan& plan) {
  const double turns = plan.scenario->turns.mean();
  const auto reply = static_cast<double>(plan.scenario->max_tokens.value_or(0));
  return plan.mean_input_tokens * (turns + 1) / 2 + reply * (turns - 1) / 2;
}

// Of the line of a usual turn of the scenario: every figure has a few digits, nothing failed.
double jsonl_line_bytes(const load::ScenarioPlan& plan, const report::TurnNames& names) {
  report::TurnRecord record{};
  record.uuid.fill('0');
  record.response_id.fill('0');
  record.response_id_size = 36;
  record.turn = record.turns_total = record.stage = 1;
  record.content_bytes = 500;
  Outcome& o = record.outcome;
  o.scenario = plan.index;
  o.stream = plan.stream;
  o.reused = true;
  o.status = 200;
  o.intended = 1'700'000'000 * kSecond;
  o.sched_lag = 40 * kMicrosecond;
  o.sent = o.intended + o.sched_lag;
  o.first_byte = o.first_token = o.first_answer_token = o.sent + 200 * kMillisecond;
  o.last_token = o.end = o.sent + kSecond;
  o.content_events = 100;
  o.itl_sum = o.last_token - o.first_token;
  o.itl_max = 20 * kMillisecond;
  o.tokens = {100, 0, 100, 0, false};
  o.bytes_sent = 1'000;
  o.bytes_received = plan.stream ? 20'000 : 1'000;
  const report::TurnNames::Scenario& own = names.scenarios[plan.index];
  std::string line(report::kMaxTurnLine + own.name.size() + own.protocol.size() + own.target.size(), '\0');
  return static_cast<double>(report::format_turn(record, nullptr, names, line));
}

// Measured at the 128-token tier (docs/hacking.md has the benchmarks): what one request costs a shard, kernel included.
constexpr double kRequestUs = 6, kEventUs = 3, kEventAtOnceUs = 0.06, kSentKilobyteUs = 0.3, kTlsFactor = 1.35;
constexpr double kHeadBytes = 300, kBodyBytes = 120, kTokenBytes = 4.7;  // of requests
constexpr double kAnswerBytes = 600, kEventBytes = 190;                  // and answers

// What a request of the scenario adds to the sums.
void add_traffic(Traffic& sum, const load::ScenarioPlan& plan, double share) {
  const Scenario& scenario = *plan.scenario;
  const double sent = kHeadBytes + kBodyBytes + kTokenBytes * input_of(plan);
  sum.sent_bytes += share * sent;
  if (!scenario.max_tokens || !sum.received_bytes) {
    sum.received_bytes = sum.cpu_us = sum.cpu_us_least = std::nullopt;
    return;
  }
  const auto tokens = static_cast<double>(*scenario.max_tokens);
  *sum.received_bytes += share * (kAnswerBytes + tokens * (scenario.stream ? kEventBytes : kTokenBytes));
  const double request_us = kRequestUs + sent / 1000 * kSentKilobyteUs;
  const double times = share * (scenario.target.https ? kTlsFactor : 1);
  *sum.cpu_us += times * (request_us + (scenario.stream ? tokens * kEventUs : 0));
  *sum.cpu_us_least += times * (request_us + (scenario.stream ? tokens * kEventAtOnceUs : 0));
}

}  // namespace

Traffic predict_traffic(const load::Workload& workload) {
  const Profile& profile = workload.profile();
  Traffic sum;
  sum.received_bytes = sum.cpu_us = sum.cpu_us_least = 0;
  double weights = 0;
  for (const Scenario& scenario : profile.scenarios) weights += scenario.weight * scenario.turns.mean();
  for (const load::ScenarioPlan& plan : workload.scenarios())
    add_traffic(sum, plan, plan.scenario->weight * plan.scenario->turns.mean() / weights);
  for (const Stage& stage : profile.stages) {
    if (stage.loop != Loop::open) continue;
    const double rate = stage.peak() * (stage.rate_of == RateOf::conversations ? profile.mean_turns() : 1);
    sum.requests_per_s = std::max(sum.requests_per_s.value_or(0), rate);
  }
  return sum;
}

Prediction predict(const load::Workload& workload) {
  const Profile& profile = workload.profile();
  Prediction result;
  double weights = 0;  // of requests: conversations by weight, each of so many turns
  for (const Scenario& scenario : profile.scenarios) weights += scenario.weight * scenario.turns.mean();
  const report::TurnNames names = engine::turn_names(workload);
  for (const load::ScenarioPlan& plan : workload.scenarios())
    result.jsonl_line_bytes +=
        jsonl_line_bytes(plan, names) * plan.scenario->weight * plan.scenario->turns.mean() / weights;

  double requests = 0;
  for (const Stage& stage : profile.stages) {
    const auto some = requests_of(stage, profile.mean_turns(), result.at_most);
    if (!some) return result;
    requests += *some;
  }
  result.requests = requests;

  double input = 0, output = 0, cost = 0;
  bool bounded = true, priced = true;
  for (const load::ScenarioPlan& plan : workload.scenarios()) {
    const Scenario& scenario = *plan.scenario;
    const double share = requests * scenario.weight * scenario.turns.mean() / weights;
    const double in = share * input_of(plan), out = share * static_cast<double>(scenario.max_tokens.value_or(0));
    input += in;
    output += out;
    bounded = bounded && scenario.max_tokens.has_value();
    const auto price = profile.prices.find(scenario.model);
    priced = priced && price != profile.prices.end();
    if (priced) cost += (in * price->second.input_per_mtok + out * price->second.output_per_mtok) / 1e6;
  }
  result.input_tokens = input;
  if (bounded) result.output_tokens = output;
  if (bounded && priced) result.cost_usd = cost;
  return result;
}

std::optional<uint64_t> predicted_jsonl_bytes(const Prediction& prediction, double sample) {
  if (!prediction.requests) return std::nullopt;
  return static_cast<uint64_t>(*prediction.requests * sample * prediction.jsonl_line_bytes);
}

uint64_t free_bytes_at(const std::string& directory) {
  std::error_code error;
  std::filesystem::path at = std::filesystem::absolute(directory, error);
  while (!error && !std::filesystem::exists(at, error) && at != at.root_path()) at = at.parent_path();
  struct statvfs disk {};
  if (::statvfs(at.c_str(), &disk) != 0) return 0;
  return uint64_t{disk.f_bavail} * disk.f_frsize;
}

std::string disk_complaint(const Prediction& prediction, double sample, const std::string& directory) {
  const auto needed = predicted_jsonl_bytes(prediction, sample);
  const uint64_t free = free_bytes_at(directory);
  if (!needed || free == 0 || *needed <= free) return {};
  return fmt::format("the JSONL needs about {} ({}{:.0f} lines of about {:.0f} bytes), and \"{}\" has {} free: choose "
                     "another --out, --jsonl sample:{:.2g} or --jsonl off",
                     bytes_text(*needed), prediction.at_most ? "at most " : "", *prediction.requests * sample,
                     prediction.jsonl_line_bytes, directory, bytes_text(free),
                     std::max(1e-6, 0.5 * static_cast<double>(free) / static_cast<double>(*needed)) * sample);
}

}  // namespace ringload::cli
