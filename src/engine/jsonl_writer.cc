#include "engine/jsonl_writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include "base/prng.h"
#include "report/json_out.h"

namespace ringload::engine {
namespace {

constexpr size_t kBufferBytes = 1 << 20;
constexpr auto kNap = std::chrono::milliseconds(20);  // a kill loses at most what came since the last one

int64_t wall_minus_monotonic() {
  timespec wall{}, run{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  ::clock_gettime(CLOCK_MONOTONIC, &run);
  return (wall.tv_sec - run.tv_sec) * kSecond + (wall.tv_nsec - run.tv_nsec);
}

std::string json_string(std::string_view text) {
  std::string out;
  report::append_json_string(out, text);
  return out;
}

uint64_t hash_of(std::string_view digits) {
  uint64_t h = 0;
  for (const char c : digits) h = h * 10 + static_cast<uint64_t>(c - '0');
  return mix64(h);
}

}  // namespace

report::TurnNames turn_names(const load::Workload& workload) {
  report::TurnNames names;
  for (const load::ScenarioPlan& plan : workload.scenarios())
    names.scenarios.push_back({json_string(plan.scenario->name), json_string(plan.scenario->protocol),
                               json_string(plan.scenario->target.url())});
  for (const Stage& stage : workload.profile().stages) {
    const std::string level = std::to_string(std::llround(stage.peak()));
    names.stages.push_back(stage.loop == Loop::closed ? report::TurnNames::Stage{level, "null"}
                                                      : report::TurnNames::Stage{"null", level});
  }
  return names;
}

TurnSink::TurnSink(PreflightLog* preflight, TurnQueue* queue, double keep_share, uint32_t body_bytes, Spending* spending)
    : preflight_(preflight), queue_(queue),
      keep_below_(keep_share >= 1 ? UINT64_MAX : static_cast<uint64_t>(std::ldexp(keep_share, 64))),
      body_bytes_(std::min<uint32_t>(body_bytes, sizeof(report::TurnTexts::body))), spending_(spending) {}

void TurnSink::log(const Exchange& exchange) {
  if (spending_ != nullptr)
    spending_->add(exchange.outcome.scenario, exchange.outcome.tokens, exchange.outcome.error == ErrorClass::ok);
  if (exchange.stage_number == 0) return preflight_->take(exchange);
  if (queue_ == nullptr) return;
  const std::string_view uuid = exchange.conversation.uuid();
  if (keep_below_ != UINT64_MAX && hash_of(uuid) >= keep_below_) return;
  report::TurnRecord* record = queue_->turns.back();
  if (record == nullptr) {
    ++queue_->dropped;
    return;
  }
  record->outcome = exchange.outcome;
  record->stage = exchange.stage_number;
  record->turn = exchange.conversation.turn();
  record->turns_total = exchange.conversation.turns_total();
  record->content_bytes = static_cast<uint32_t>(exchange.reply.text_bytes);
  std::memcpy(record->uuid.data(), uuid.data(), record->uuid.size());
  const size_t id_size = ::strnlen(exchange.reply.id, record->response_id.size() - 1);
  record->response_id_size = static_cast<uint8_t>(id_size);
  std::memcpy(record->response_id.data(), exchange.reply.id, id_size);
  record->trace_id_size = exchange.trace_id_size;
  std::memcpy(record->trace_id.data(), exchange.trace_id.data(), exchange.trace_id_size);
  record->has_texts = false;
  record->retried = exchange.retrying;
  if (exchange.outcome.error != ErrorClass::ok) {
    if (report::TurnTexts* texts = queue_->texts.back()) {
      texts->detail_size = exchange.detail_size;
      std::memcpy(texts->detail.data(), exchange.detail.data(), exchange.detail_size);
      texts->body_size = static_cast<uint16_t>(std::min(exchange.error_body_size, body_bytes_));
      if (texts->body_size > 0) std::memcpy(texts->body.data(), exchange.error_body.data, texts->body_size);
      queue_->texts.push();
      record->has_texts = true;
    }
  }
  queue_->turns.push();
}

std::expected<std::unique_ptr<JsonlWriter>, std::string> JsonlWriter::create(const std::string& path,
                                                                             const load::Workload& workload,
                                                                             unsigned shards) {
  std::unique_ptr<JsonlWriter> writer(new JsonlWriter);
  writer->fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0644);
  if (writer->fd_ < 0) return std::unexpected("cannot create " + path + ": " + std::strerror(errno));
  writer->names_ = turn_names(workload);
  for (const load::ScenarioPlan& plan : workload.scenarios()) {
    writer->masks_.emplace_back(*plan.scenario);
    const report::TurnNames::Scenario& names = writer->names_.scenarios[plan.index];
    writer->line_room_ = std::max(writer->line_room_, names.name.size() + names.protocol.size() + names.target.size() +
                                                          report::kMaxTurnLine);
  }
  writer->names_.unix_offset_ns = wall_minus_monotonic();
  for (unsigned i = 0; i < shards; ++i) writer->queues_.push_back(std::make_unique<TurnQueue>());
  writer->buffer_.resize(kBufferBytes + writer->line_room_);
  return writer;
}

JsonlWriter::~JsonlWriter() { finish(); }

void JsonlWriter::start(const std::vector<int>& busy_cpus) {
  thread_ = std::thread([this, busy_cpus] {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    ::pthread_setname_np(::pthread_self(), "jsonl");
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
      for (const int cpu : busy_cpus)
        if (cpu >= 0 && CPU_COUNT(&allowed) > 1) CPU_CLR(static_cast<unsigned>(cpu), &allowed);
      ::sched_setaffinity(0, sizeof allowed, &allowed);
    }
    run();
  });
}

void JsonlWriter::run() {
  while (!ending_.load(std::memory_order_acquire)) {
    step();
    std::this_thread::sleep_for(kNap);
  }
}

bool JsonlWriter::step() {
  bool any = false;
  for (auto& queue : queues_) {
    while (const report::TurnRecord* record = queue->turns.front()) {
      any = true;
      const report::TurnTexts* texts = record->has_texts ? queue->texts.front() : nullptr;
      report::TurnTexts masked;
      if (texts != nullptr) {
        masked = *texts;
        masks_[record->outcome.scenario].apply({masked.detail.data(), masked.detail_size});
        masks_[record->outcome.scenario].apply({masked.body.data(), masked.body_size});
      }
      if (error_.empty()) {
        buffered_ += format_turn(*record, texts == nullptr ? nullptr : &masked, names_, {buffer_.data() + buffered_, buffer_.size() - buffered_});
        ++buffered_lines_;
        if (buffered_ >= kBufferBytes) flush();
      } else {
        ++lost_;
      }
      if (texts != nullptr) queue->texts.pop();
      queue->turns.pop();
    }
  }
  flush();
  return any;
}

void JsonlWriter::flush() {
  size_t done = 0;
  while (done < buffered_ && error_.empty()) {
    const ssize_t written = ::write(fd_, buffer_.data() + done, buffered_ - done);
    if (written > 0) {
      done += static_cast<size_t>(written);
    } else if (written < 0 && errno != EINTR) {
      error_ = std::strerror(errno);
    }
  }
  if (error_.empty()) {
    written_ += buffered_lines_;
  } else {
    const auto whole = static_cast<uint64_t>(std::count(buffer_.data(), buffer_.data() + done, '\n'));
    written_ += whole;
    lost_ += buffered_lines_ - whole;
  }
  buffered_ = 0;
  buffered_lines_ = 0;
}

void JsonlWriter::finish() {
  ending_.store(true, std::memory_order_release);
  if (thread_.joinable()) thread_.join();
  if (fd_ < 0) return;
  step();
  ::close(fd_);
  fd_ = -1;
}

uint64_t JsonlWriter::dropped() const {
  uint64_t dropped = lost_;
  for (const auto& queue : queues_) dropped += queue->dropped;
  return dropped;
}

}  // namespace ringload::engine
