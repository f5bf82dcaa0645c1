// The table's functions, waiting, and the life of a request; operations.cc has what each operation does.
#include "sim/sim_kernel.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "base/assert.h"
#include "io/socket_options.h"

namespace ringload::sim {

SimKernel::SimKernel(const SimOptions& options)
    : options_(options),
      timeline_(options.start),
      faults_(seed_of(options.seed, 0x6661756c74)),
      network_(options.seed, options.network, timeline_, faults_, [this](Waiter& waiter) { on_ready(waiter); }) {
  static constexpr auto as_kernel = [](void* k) -> SimKernel& { return *static_cast<SimKernel*>(k); };
  table_.self = this;
  table_.setup = [](void* k, unsigned entries, io_uring_params* params, io_uring* ring) {
    return as_kernel(k).setup(entries, *params, *ring);
  };
  table_.teardown = [](void* k, io_uring* ring) { as_kernel(k).teardown(*ring); };
  table_.enter = [](void* k, io_uring* ring, unsigned to_submit, unsigned min_complete, unsigned flags,
                    io_uring_getevents_arg* argument) {
    return as_kernel(k).enter(*ring, to_submit, min_complete, flags, argument);
  };
  table_.reg = [](void* k, io_uring* ring, unsigned opcode, const void* argument, unsigned nr) {
    return as_kernel(k).reg(as_kernel(k).of(*ring), opcode, const_cast<void*>(argument), nr);
  };
  table_.now = [](void* k) {
    SimKernel& kernel = as_kernel(k);
    kernel.pass(kernel.options_.now_cost);
    return kernel.now();
  };
  table_.socket = [](void* k, const io::SocketSpec& spec) { return as_kernel(k).socket(spec); };
  table_.close = [](void* k, int fd) { as_kernel(k).close(fd); };
}

// The end of the process: whatever is still open is closed. Rings must be gone by then.
SimKernel::~SimKernel() {
  for (File* file : descriptors_.all()) drop(file);
}

void SimKernel::violation(std::string what) {
  if (violations_.size() < 100) violations_.push_back(std::move(what));
}

SimKernel::Census SimKernel::census() const {
  Census census{files_, network_.endpoints(), requests_.size() - free_requests_.size(), network_.ports_used(), 0};
  for (const auto& ring : rings_)
    if (ring) census.kept_aside += ring->kept_aside();
  return census;
}

void SimKernel::advance(Nanos until) {
  timeline_.advance(until, [this](const Event& event) {
    if (event.kind != EventKind::request_ready) return network_.handle(event);
    Request& request = requests_[event.target];
    if (request.generation == event.generation && request.phase == RequestPhase::delayed) enqueue(request);
  });
}

// ---- descriptors ----

int SimKernel::make_event() { return descriptors_.add(new_file(FileKind::event)); }

void SimKernel::signal(int event, uint64_t add) {
  File* file = descriptors_.get(event);
  RINGLOAD_ASSERT(file != nullptr && file->kind == FileKind::event);
  file->count += add;
  file->waiters.for_each([this](Waiter* waiter) { on_ready(*waiter); });
}

uint16_t SimKernel::port_of(int fd) const {
  const File* file = descriptors_.get(fd);
  return file != nullptr && file->endpoint != nullptr ? file->endpoint->local.port : 0;
}

unsigned SimKernel::reset_connections(uint16_t port) {
  const std::vector<Endpoint*> found = network_.connections(port);
  for (Endpoint* endpoint : found) network_.break_connection(*endpoint);
  return static_cast<unsigned>(found.size());
}

int SimKernel::socket(const io::SocketSpec& spec) {
  if (spec.family != AF_INET && spec.family != AF_INET6) return -EAFNOSUPPORT;
  if (faults_.strikes(Fault::process_files)) return -EMFILE;
  if (faults_.strikes(Fault::system_files)) return -ENFILE;
  Endpoint& endpoint = network_.create(static_cast<uint16_t>(spec.family));
  int result = 0;
  if (spec.local_port_range != 0)
    network_.set_option(endpoint, IPPROTO_IP, io::kIpLocalPortRange, &spec.local_port_range, sizeof spec.local_port_range,
                        (options_.features & io::kPortRange) != 0);
  if (spec.local != nullptr) result = network_.bind(endpoint, spec.local, spec.local_size);
  if (result == 0 && spec.listen) result = network_.listen(endpoint, spec.backlog);
  if (result < 0) {
    network_.release(endpoint);
    return result;
  }
  return descriptors_.add(new_socket(endpoint));
}

void SimKernel::close(int fd) {
  if (fd < Descriptors::kFirst) {
    ::close(fd);
  } else {
    drop(descriptors_.remove(fd));
  }
}

// ---- rings ----

SimRing& SimKernel::of(const io_uring& ring) {
  for (const auto& candidate : rings_)
    if (candidate && candidate->user == &ring) return *candidate;
  RINGLOAD_ASSERT(!"a ring of this kernel");
  __builtin_unreachable();
}

int SimKernel::setup(unsigned entries, io_uring_params& params, io_uring& ring) {
  constexpr unsigned kKnown = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED |
                              IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
                              IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (entries == 0 || entries > 32768 || (params.flags & ~kKnown) != 0) return -EINVAL;
  unsigned sq_entries = 1;
  while (sq_entries < entries) sq_entries *= 2;
  unsigned cq_entries = 2 * sq_entries;
  if ((params.flags & IORING_SETUP_CQSIZE) != 0) {
    if (params.cq_entries < sq_entries || params.cq_entries > 65536) return -EINVAL;
    cq_entries = 1;
    while (cq_entries < params.cq_entries) cq_entries *= 2;
  }
  params.features = (IORING_FEAT_LINKED_FILE << 1) - 1;  // all that 6.1 has
  if ((options_.features & io::kAbsoluteTimer) != 0) params.features |= io::kFeatMinTimeout;
  rings_.push_back(std::make_unique<SimRing>(static_cast<unsigned>(rings_.size()), sq_entries, cq_entries, params.flags));
  rings_.back()->user = &ring;
  rings_.back()->describe(ring, params);
  return 0;
}

void SimKernel::teardown(io_uring& user) {
  SimRing& ring = of(user);
  if (last_entered_ == &ring) last_entered_ = nullptr;
  for (Request& request : requests_) {
    if (request.ring != &ring || request.phase == RequestPhase::free) continue;
    request.unlink();
    File* file = std::exchange(request.file, nullptr);
    free_request(request);
    drop(file);
  }
  for (File* file : ring.files) drop(file);
  rings_[ring.index()].reset();
  user = {};
}

void SimKernel::wake_host_reads(SimRing& ring) {
  std::erase_if(ring.host_reads, [this](Request* request) {
    pollfd poll{request->file->host_fd, POLLIN, 0};
    if (::poll(&poll, 1, 0) <= 0) return false;
    enqueue(*request);
    return true;
  });
}

bool SimKernel::wait_is_over(SimRing& ring) {
  wake_host_reads(ring);
  return ring.wake_spuriously || has_enough(ring, ring.wait_for) || now() >= ring.wait_until;
}

// As Linux counts: what is posted, and a piece of work for each operation that was woken, whatever comes of it.
bool SimKernel::has_enough(const SimRing& ring, unsigned want) {
  return ring.urgent || ring.ready() + ring.work.size() >= want;
}

SimRing* SimKernel::blocked_ring() {
  SimRing* ring = last_entered_;
  return ring != nullptr && ring->waiting && ring->submitted_not_taken() == 0 ? ring : nullptr;
}

int SimKernel::enter(io_uring& user, unsigned to_submit, unsigned min_complete, unsigned flags,
                     const io_uring_getevents_arg* argument) {
  SimRing& ring = of(user);
  last_entered_ = &ring;
  pass(options_.enter_cost);
  if (!ring.enabled) return -EBADFD;
  unsigned known = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG | IORING_ENTER_REGISTERED_RING;
  if ((options_.features & io::kAbsoluteTimer) != 0) known |= io::kEnterAbsTimer | io::kEnterNoIowait;
  if ((flags & ~known) != 0) return -EINVAL;

  const bool woken = ring.waiting && wait_is_over(ring);
  ring.waiting = ring.wake_spuriously = false;
  const auto submitted = static_cast<int>(consume(ring, to_submit));
  int result = submitted;
  if ((flags & IORING_ENTER_GETEVENTS) != 0) {
    Nanos deadline = kNever;
    if (argument != nullptr && argument->ts != 0) {
      const auto* time = reinterpret_cast<const __kernel_timespec*>(argument->ts);
      deadline = Nanos{time->tv_sec} * kSecond + time->tv_nsec;
      if ((flags & io::kEnterAbsTimer) == 0) deadline += now();
    }
    // The enter that follows a recorded wait stands for the return of the one that waited: whatever it asks for itself,
    // it shows what has come.
    const int waited = get_events(ring, woken ? 0 : std::min(min_complete, ring.cq_entries()), deadline);
    if (submitted == 0) result = waited;
  }
  ring.show_work();
  if (!ring.waiting) ring.show_completions();
  return result;
}

// 0, -ETIME, or -EINTR for a wait that was recorded or ended by Fault::spurious_wake.
int SimKernel::get_events(SimRing& ring, unsigned want, Nanos deadline) {
  const unsigned at_once = std::max(20u, want);
  for (bool first = true;; first = false) {
    ring.flush_kept_aside();
    wake_host_reads(ring);
    const bool late = now() >= deadline;
    // Whoever goes to sleep does first what is there; afterwards a thread that waits for n is not woken for fewer.
    if (first || late || has_enough(ring, want)) {
      do run_work(ring, at_once);
      while (ring.ready() < want && !ring.work.empty());
      if (ring.ready() >= want) return 0;
      if (late) return ring.ready() > 0 ? 0 : -ETIME;
      if (!ring.work.empty()) continue;
    }
    if (record_waits_) {
      ring.waiting = true;
      ring.wait_for = want;
      ring.wait_until = deadline;
      return -EINTR;
    }
    if (faults_.strikes(Fault::spurious_wake)) return -EINTR;
    const Nanos next = std::min(deadline, timeline_.next());
    if (next == kNever) throw std::runtime_error("a ring waits without a limit, and nothing is going to happen");
    advance(next);
  }
}

// ---- requests ----

Request& SimKernel::make_request(SimRing& ring, const io_uring_sqe& entry) {
  if (free_requests_.empty()) {
    free_requests_.push_back(static_cast<uint32_t>(requests_.size()));
    requests_.emplace_back().index = free_requests_.back();
  }
  Request& request = requests_[free_requests_.back()];
  free_requests_.pop_back();
  request.ring = &ring;
  request.entry = entry;
  request.phase = RequestPhase::linked;
  return request;
}

void SimKernel::free_request(Request& request) {
  RINGLOAD_ASSERT(!request.linked() && request.file == nullptr);
  std::vector<iovec> pieces = std::move(request.pieces);
  pieces.clear();
  const uint32_t index = request.index;
  const uint32_t generation = request.generation + 1;
  request = {};
  request.index = index;
  request.generation = generation;
  request.pieces = std::move(pieces);
  free_requests_.push_back(index);
}

unsigned SimKernel::consume(SimRing& ring, unsigned to_submit) {
  unsigned taken = 0;
  io_uring_sqe entry;
  Request* first = nullptr;  // of the chain being gathered
  Request* last = nullptr;
  while (taken < to_submit && ring.take(entry)) {
    ++taken;
    Request& request = make_request(ring, entry);
    (first == nullptr ? first : last->next) = &request;
    last = &request;
    if ((entry.flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK)) != 0) continue;
    run(*first);
    first = nullptr;
  }
  if (first != nullptr) run(*first);  // a chain ends with its batch
  return taken;
}

void SimKernel::enqueue(Request& request) {
  std::deque<Request*>& work = request.ring->work;
  auto at = work.end();
  if (request.file != nullptr && work.size() > 1 && faults_.strikes(Fault::reorder)) {
    // It overtakes some of other files; what belongs to one file stays in order.
    for (auto steps = faults_.pick(Fault::reorder, work.size()) + 1; steps > 0 && at != work.begin(); --steps) {
      const Request& before = **std::prev(at);
      if (before.file == nullptr || before.file == request.file) break;
      --at;
    }
  }
  work.insert(at, &request);
  if (!request.issued || request.cancelled) request.ring->urgent = true;
  request.phase = RequestPhase::queued;
  request.ring->show_work();
}

void SimKernel::run_work(SimRing& ring, unsigned limit) {
  for (; limit > 0 && !ring.work.empty(); --limit) {
    Request& request = *ring.work.front();
    ring.work.pop_front();
    run(request);
  }
  if (ring.work.empty()) ring.urgent = false;
}

void SimKernel::delay(Request& request) {
  if (request.phase == RequestPhase::delayed) return;
  request.phase = RequestPhase::delayed;
  const auto by = static_cast<Nanos>(faults_.pick(Fault::delay, static_cast<uint64_t>(options_.delay_max))) + 1;
  timeline_.schedule(now() + by, EventKind::request_ready, request.index, request.generation);
}

void SimKernel::on_ready(Waiter& waiter) {
  Request& request = static_cast<Request&>(waiter);
  if (request.phase != RequestPhase::armed) return;
  if (faults_.strikes(Fault::delay)) return delay(request);
  enqueue(request);
}

void SimKernel::run(Request& request) {
  if (request.cancelled)
    return finish(request, request.done > 0 ? static_cast<int>(request.done) : -ECANCELED);
  if (!request.issued) {
    if (const int error = begin(request); error != 0) return finish(request, error);
    request.issued = true;
    const bool may_wait = request.wants != 0;
    if (may_wait && faults_.strikes(Fault::delay)) return delay(request);
  }
  request.phase = RequestPhase::running;
  const int result = perform(request);
  if (result == kHasEnded) return;
  if (result != kPending) return finish(request, result);
  if (request.phase == RequestPhase::running) request.phase = RequestPhase::armed;
}

bool SimKernel::post(SimRing& ring, uint64_t user_data, int result, unsigned flags, bool pretend_full) {
  io_uring_cqe completion;
  completion.user_data = user_data;
  completion.res = result;
  completion.flags = flags;
  ++completions_;
  trace_hash_ = mix64(trace_hash_ ^ user_data) ^ mix64(static_cast<uint64_t>(now()) ^ uint64_t{ring.index()} << 56) ^
                (uint64_t{flags} << 32 | static_cast<uint32_t>(result));
  const bool posted = ring.post(completion, pretend_full);
  overflows_ += !posted;
  return posted;
}

// A completion of a multishot that goes on; false when it could not and has ended with this one.
bool SimKernel::post_more(Request& request, int result, unsigned flags) {
  const bool full = !request.ring->has_room() || faults_.strikes(Fault::cq_overflow);
  if (full || faults_.strikes(Fault::lost_multishot)) {
    finish(request, result, flags, full);
    return false;
  }
  post(*request.ring, request.entry.user_data, result, flags | IORING_CQE_F_MORE, false);
  return true;
}

void SimKernel::finish(Request& request, int result, unsigned flags, bool pretend_full) {
  const io_uring_sqe& entry = request.entry;
  const bool short_send = (entry.opcode == IORING_OP_SEND || entry.opcode == IORING_OP_SENDMSG) && result >= 0 &&
                          (entry.msg_flags & MSG_WAITALL) != 0 && static_cast<size_t>(result) < request.wanted;
  const bool failed = result < 0 || short_send;
  post(*request.ring, entry.user_data, result, flags, pretend_full || faults_.strikes(Fault::cq_overflow));
  request.unlink();
  File* file = std::exchange(request.file, nullptr);
  Request* next = std::exchange(request.next, nullptr);
  if (next != nullptr && failed && (entry.flags & IOSQE_IO_HARDLINK) == 0) {
    while (next != nullptr) {
      next->cancelled = true;
      enqueue(*std::exchange(next, std::exchange(next->next, nullptr)));
    }
  } else if (next != nullptr) {
    enqueue(*next);
  }
  free_request(request);
  drop(file);
}

}  // namespace ringload::sim
