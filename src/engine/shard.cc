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
  return {n + 64, 2 * n + 64, 2 * n + 64, 2 * n + 64, some(4096), some(1024), some(128), some(32), some(8)};
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
  for (unsigned i = 0; i < kStageSlots; ++i) recordings_.emplace_back(scenarios, workload.segments());
  closed_end_.kind = kShardTimer;
  drain_end_.kind = kShardTimer;
  tick_timer_.kind = kShardTimer;
  bounds_timer_.kind = kShardTimer;
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
  client_options.keep_alive = !workload_.profile().disable_keepalive;
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
  open_load_ = std::make_unique<OpenLoad>(workload_, *exchanges_, recordings_, options_.index, options_.shards);
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
  const Nanos busy_before = figures_.stage_busy;
  // due
  timers_.expire(began, [&](io::Timer& timer) {
    switch (timer.kind) {
      case kClientTimer: client_->on_timer(timer, began); break;
      case kExchangeTimer: exchanges_->on_timer(timer, began); break;
      default: on_shard_timer(timer, began); break;
    }
  });
  take_commands(began);
  if (!open_load_->exhausted()) open_load_->begin_due(ring_->now());
  if (running_ > 0) check_stages_over(began);
  if (quitting_ && exchanges_->unreleased() == 0) {
    client_->close_idle();
    if (client_->connections() == 0) return false;
  }

  // submit: at most a few sends for each reading of the clock
  while (client_->has_ready()) {
    if (client_->send_ready(ring_->now())) ring_->submit();
  }

  wait();

  // reap and dispatch
  const Nanos at = ring_->reaped_at();
  const unsigned completions = ring_->for_each([&](const io_uring_cqe& cqe) {
    if (client_->dispatch(cqe, at)) return;
    if (io::unpack(cqe.user_data).op == io::Op::wake) arm_wake();
  });
  client_->after_batch(at);
  if (completions > 0 && running_ > 0) {
    // What arrived may have waited since the previous reap: the most by which our own loop can have delayed its stamp.
    const Nanos lag = ring_->entered_at() - last_reap_;
    recordings_[present_].recorder.record_receive_lag(std::max<Nanos>(lag, 0), completions);
  }
  spend(at - last_reap_, at - last_reap_);
  const Nanos busy = figures_.stage_busy - busy_before;
  if (running_ > 0) loop_lag_.record(stats::to_micros(busy));
  exchanges_->bounds().on_turn(busy, at - last_reap_);
  ++figures_.loops;
  last_reap_ = at;
  return true;
}

// Waits only with nothing left to hand over, so that what is waited is known to be idle time. The last stretch before
// an instant of an open stage is polled: a sleeping thread wakes some 50 µs late.
void Shard::wait() {
  if (ring_->pending() > 0) return ring_->submit_and_wait(0, kNever);
  const Nanos timer = std::min(timers_.next(), client_->next_due());
  const Nanos start = open_load_->next();
  if (start == kNever || options_.poll_before == 0) {
    ring_->submit_and_wait(1, std::min(timer, start));
    return spend(-(ring_->reaped_at() - ring_->entered_at()), 0);
  }
  const Nanos poll_from = start - options_.poll_before;
  const Nanos began = ring_->now();
  if (began < poll_from && began < timer) {
    ring_->submit_and_wait(1, std::min(timer, poll_from));
    return spend(-(ring_->reaped_at() - ring_->entered_at()), 0);
  }
  const Nanos until = std::min(timer, start);
  Nanos at = began;
  while (at < until && !ring_->has_work()) {
    ++figures_.spins;
    at = ring_->now();
  }
  spend(-(at - began), 0);
  ring_->submit_and_wait(0, kNever);
}

void Shard::spend(Nanos busy, Nanos wall) {
  if (running_ == 0) return;
  figures_.stage_busy += busy;
  figures_.stage_wall += wall;
  StageRecording& stage = recordings_[present_];
  stage.busy += busy;
  stage.wall += wall;
  stage.second_busy += busy;
  stage.second_wall += wall;
}

bool Shard::is_open(uint8_t slot) const {
  if (slot == kClosedSlot) return true;
  const StagePlan* plan = recordings_[slot].plan;
  return plan != nullptr && plan->schedule != nullptr;
}

void Shard::take_commands(Nanos now) {
  Command command;
  while (mailbox_.commands.try_pop(command)) {
    switch (command.kind) {
      case Command::Kind::start_stage: {
        RINGLOAD_ASSERT(recordings_[command.slot].plan == nullptr);
        recordings_[command.slot].plan = command.plan;
        exchanges_->allow_retries(true);
        coarse_.begin(command.slot, command.plan->number);
        if (command.plan->schedule != nullptr) {
          open_load_->start(*command.plan, command.slot);
        } else {
          RINGLOAD_ASSERT(running_ == 0);
          users_->start(*command.plan, command.slot);
          timers_.set(closed_end_, command.plan->end);
        }
        exchanges_->bounds().begin(*command.plan, command.slot);
        if (exchanges_->bounds().active()) timers_.set(bounds_timer_, exchanges_->bounds().next_step());
        if (running_ == 0) {
          // Ticks come at whole seconds of the run, whenever stages begin.
          if (!command.plan->preflight && seconds_from_ == 0) seconds_from_ = command.plan->start;
          coarse_.start_clock(now);
          timers_.set(tick_timer_, next_second(now));
        }
        ++running_;
        present_ = command.slot;
        break;
      }
      case Command::Kind::close_stage:
        if (recordings_[command.slot].plan != nullptr) closing_ |= static_cast<uint8_t>(1u << command.slot);
        break;
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
  if (running_ == 0) return;
  timers_.cancel(closed_end_);
  exchanges_->allow_retries(false);
  users_->stop();
  open_load_->stop();
  if (deadline != kNever) timers_.set(drain_end_, deadline);
}

void Shard::cancel_all(bool count_as_in_flight, Nanos now) {
  for (uint32_t i = 0; i < exchanges_->used(); ++i) exchanges_->cancel(exchanges_->at(i), count_as_in_flight, now);
}

void Shard::on_shard_timer(io::Timer& timer, Nanos at) {
  if (&timer == &tick_timer_) {
    publish_tick(at);
    if (running_ > 0) timers_.set(tick_timer_, next_second(at));
  } else if (&timer == &bounds_timer_) {
    exchanges_->bounds().hand_over(at, exchanges_->in_flight(), mailbox_.bounds);
    if (running_ > 0) timers_.set(bounds_timer_, exchanges_->bounds().next_step());
  } else if (&timer == &closed_end_) {
    users_->stop();  // requests in flight end by themselves, at their timeout at the latest
  } else {
    cancel_all(false, at);
  }
}

Nanos Shard::next_second(Nanos now) const {
  const Nanos passed = now - seconds_from_;
  return passed < 0 ? now + kSecond : now - passed % kSecond + kSecond;
}

void Shard::publish_tick(Nanos now) {
  coarse_.publish(now, exchanges_->in_flight(), mailbox_.ticks);
  StageRecording& stage = recordings_[present_];
  if (stage.second_wall >= kSecond / 2) {
    ++stage.seconds;
    stage.seconds_above_95 += stage.second_busy * 100 > stage.second_wall * 95;
  }
  stage.second_busy = stage.second_wall = 0;
}

void Shard::check_stages_over(Nanos now) {
  for (uint8_t slot = 0; slot < kStageSlots; ++slot) {
    const bool closing = (closing_ >> slot & 1) != 0;
    if (recordings_[slot].plan == nullptr) continue;
    if (closing && open_load_->begun(slot)) open_load_->close(slot, now);
    const bool over = is_open(slot) ? open_load_->over(slot) : users_->over();
    // The last stage of a row waits for what earlier ones left open.
    if (!over || (running_ == 1 && !closing && open_load_->owes_ends())) continue;
    closing_ &= static_cast<uint8_t>(~(1u << slot));
    publish_tick(now);
    recordings_[slot].plan = nullptr;
    if (--running_ == 0) {
      timers_.cancel(closed_end_);
      timers_.cancel(drain_end_);
      timers_.cancel(tick_timer_);
      timers_.cancel(bounds_timer_);
    }
    const bool told = mailbox_.events.try_push({ShardEvent::Kind::stage_over, slot, now});
    RINGLOAD_ASSERT(told);
  }
}

void Shard::on_turn_over(Exchange& exchange, Nanos at) {
  is_open(exchange.stage_slot) ? open_load_->on_turn_over(exchange, at) : users_->on_turn_over(exchange, at);
}
void Shard::on_due(Exchange& exchange, Nanos at) {
  is_open(exchange.stage_slot) ? open_load_->on_due(exchange, at) : users_->on_due(exchange, at);
}

}  // namespace ringload::engine
