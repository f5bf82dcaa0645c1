#include "engine/shard.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace ringload::engine {
namespace {

// Blocks for requests, unfinished input and learned events of `n` exchanges. Only what is touched costs memory, so the
// counts are generous; the large ones are for long events and bodies.
std::array<uint32_t, BlockPool::kClasses> planned_blocks(uint32_t n) {
  const auto some = [n](uint32_t at_most) { return std::min(n, at_most) + 4; };
  return {2 * n + 64, 2 * n + 64, 2 * n + 64, some(4096), some(1024), some(128), some(32), some(8)};
}

unsigned completion_entries(const ShardOptions& options) {
  // Everything that can be owed at once: a receive, a send and a close per stream, and what the buffers hold.
  const uint64_t wanted = uint64_t{options.connections} * 4 + options.receive_buffers + 1024;
  return static_cast<unsigned>(std::min<uint64_t>(std::bit_ceil(std::max<uint64_t>(wanted, 8192)), 65536));
}

}  // namespace

std::expected<std::unique_ptr<Shard>, std::string> Shard::create(const io::Kernel& kernel,
                                                                 const load::Workload& workload,
                                                                 const ShardOptions& options) {
  io::RingOptions ring_options;
  ring_options.files = options.connections;
  ring_options.completions = completion_entries(options);
  ring_options.masked_features = options.masked_features;
  auto ring = io::Ring::open(kernel, ring_options);
  if (!ring) return std::unexpected(std::move(ring.error()));
  std::unique_ptr<Shard> shard(new Shard(workload, options, std::move(*ring)));
  if (auto built = shard->build(); !built) return std::unexpected(std::move(built.error()));
  return shard;
}

Shard::Shard(const load::Workload& workload, const ShardOptions& options, std::unique_ptr<io::Ring> ring)
    : workload_(workload), options_(options), ring_(std::move(ring)), blocks_(planned_blocks(options.exchanges)),
      timers_(ring_->now()), coarse_(kStageSlots, static_cast<uint32_t>(workload.scenarios().size())),
      mailbox_(4 * coarse_.max_ticks()) {
  const auto scenarios = static_cast<uint32_t>(workload.scenarios().size());
  recordings_.reserve(kStageSlots);
  for (unsigned i = 0; i < kStageSlots; ++i) recordings_.emplace_back(scenarios);
  stage_timer_.kind = kShardTimer;
  tick_timer_.kind = kShardTimer;
}

std::expected<void, std::string> Shard::build() {
  Exchanges::Options exchange_options;
  exchange_options.slots = options_.exchanges;
  exchange_options.timeout = options_.timeout;
  exchange_options.reader = options_.reader;
  exchanges_ = std::make_unique<Exchanges>(workload_, blocks_, timers_, static_cast<TurnDirector&>(*this), recordings_, coarse_,
                                             exchange_options);

  net::ClientOptions client_options;
  client_options.streams.streams = options_.connections;
  client_options.streams.receive_buffers = options_.receive_buffers;
  client_options.streams.receive_buffer_size = options_.receive_buffer_size;
  client_options.targets = static_cast<unsigned>(workload_.targets().size());
  client_options.connect_timeout = options_.connect_timeout;
  client_options.timer_kind = kClientTimer;
  client_options.local_ports = options_.local_ports;
  client_options.tls = options_.tls;
  for (const Target& target : workload_.targets())
    client_options.server_names.push_back(target.https ? target.host : std::string());
  auto client = net::Client::create(*ring_, timers_, blocks_, *exchanges_, client_options);
  if (!client) return std::unexpected(std::move(client.error()));
  client_ = std::move(*client);
  exchanges_->attach(*client_);
  users_ = std::make_unique<VirtualUsers>(workload_, *exchanges_, recordings_);
  return {};
}

Shard::~Shard() = default;

std::expected<void, std::string> Shard::enable() {
  if (auto enabled = ring_->enable(); !enabled) return enabled;
  last_reap_ = ring_->now();
  arm_wake();
  return {};
}

void Shard::arm_wake() {
  if (options_.wake_fd < 0) return;
  io_uring_sqe* sqe = ring_->sqe();
  io_uring_prep_read(sqe, options_.wake_fd, &wake_value_, sizeof wake_value_, 0);
  sqe->user_data = io::pack(io::Op::wake, 0, 0);
}

bool Shard::step() {
  const Nanos began = ring_->reaped_at();
  // due
  timers_.expire(began, [&](io::Timer& timer) {
    switch (timer.kind) {
      case kClientTimer: client_->on_timer(timer, began); break;
      case kExchangeTimer: exchanges_->on_timer(timer, began); break;
      default: on_shard_timer(timer, began); break;
    }
  });
  take_commands(began);
  check_stage_over(began);
  if (quitting_ && exchanges_->unreleased() == 0) {
    client_->close_idle();
    if (client_->connections() == 0) return false;
  }

  // submit: at most a few sends for each reading of the clock
  while (client_->has_ready()) {
    if (client_->send_ready(ring_->now())) ring_->submit();
  }

  // wait: only with nothing left to hand over, so that what is waited is known to be idle time
  if (ring_->pending() > 0) {
    ring_->submit_and_wait(0, kNever);
  } else {
    ring_->submit_and_wait(1, timers_.next());
    if (stage_ != nullptr) figures_.stage_busy -= ring_->reaped_at() - ring_->entered_at();
  }

  // reap and dispatch
  const Nanos at = ring_->reaped_at();
  const unsigned completions = ring_->for_each([&](const io_uring_cqe& cqe) {
    if (client_->dispatch(cqe, at)) return;
    if (io::unpack(cqe.user_data).op == io::Op::wake) arm_wake();
  });
  client_->after_batch(at);
  if (completions > 0 && stage_ != nullptr) {
    // What arrived may have waited since the previous reap: the most by which our own loop can have delayed its stamp.
    const Nanos lag = ring_->entered_at() - last_reap_;
    recordings_[stage_slot_].recorder.record_receive_lag(std::max<Nanos>(lag, 0), completions);
  }
  if (stage_ != nullptr) {
    figures_.stage_busy += at - last_reap_;
    figures_.stage_wall += at - last_reap_;
  }
  ++figures_.loops;
  last_reap_ = at;
  return true;
}

void Shard::take_commands(Nanos now) {
  Command command;
  while (mailbox_.commands.try_pop(command)) {
    switch (command.kind) {
      case Command::Kind::start_stage: {
        RINGLOAD_ASSERT(stage_ == nullptr);
        stage_ = command.plan;
        stage_slot_ = command.slot;
        draining_ = false;
        recordings_[stage_slot_].plan = stage_;
        coarse_.begin(stage_slot_, stage_->number);
        users_->start(*stage_, stage_slot_);
        timers_.set(stage_timer_, stage_->end);
        timers_.set(tick_timer_, now + kSecond);
        break;
      }
      case Command::Kind::stop_stage: stop_stage(command.deadline, now); break;
      case Command::Kind::abandon:
        stop_stage(kNever, now);
        cancel_all(true, now);
        break;
      case Command::Kind::set_addresses:
        client_->set_addresses(command.target, {command.addresses, command.address_count});
        break;
      case Command::Kind::quit:
        quitting_ = true;
        stop_stage(kNever, now);
        cancel_all(false, now);
        break;
    }
  }
}

void Shard::stop_stage(Nanos deadline, Nanos) {
  if (stage_ == nullptr) return;
  draining_ = true;
  users_->stop();
  if (deadline == kNever) {
    timers_.cancel(stage_timer_);
  } else {
    timers_.set(stage_timer_, deadline);
  }
}

void Shard::cancel_all(bool count_as_in_flight, Nanos now) {
  for (uint32_t i = 0; i < exchanges_->count(); ++i) exchanges_->cancel(exchanges_->at(i), count_as_in_flight, now);
}

void Shard::on_shard_timer(io::Timer& timer, Nanos at) {
  if (&timer == &tick_timer_) {
    publish_tick(at);
    if (stage_ != nullptr) timers_.set(tick_timer_, at + kSecond);
    return;
  }
  if (!draining_) {
    stop_stage(kNever, at);  // requests in flight end by themselves, at their timeout at the latest
  } else {
    cancel_all(false, at);
  }
}

void Shard::publish_tick(Nanos now) { coarse_.publish(now, exchanges_->in_flight(), mailbox_.ticks); }

void Shard::check_stage_over(Nanos now) {
  if (stage_ == nullptr || !users_->over() || exchanges_->unreleased() > 0) return;
  timers_.cancel(stage_timer_);
  timers_.cancel(tick_timer_);
  publish_tick(now);
  const bool told = mailbox_.events.try_push({ShardEvent::Kind::stage_over, stage_slot_, now});
  RINGLOAD_ASSERT(told);
  stage_ = nullptr;
}

void Shard::on_turn_over(Exchange& exchange, Nanos at) { users_->on_turn_over(exchange, at); }
void Shard::on_due(Exchange& exchange, Nanos at) { users_->on_due(exchange, at); }

}  // namespace ringload::engine
