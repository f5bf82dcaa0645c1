// The kernel as io/kernel.h wants it, in memory: rings, a TCP-like network and a clock in one process, for tests. The
// same program, seed and options give the same completions in the same order at the same virtual instants.
//
// What it keeps of Linux (6.1 … 6.18, DEFER_TASKRUN):
//  - an entry is tried once when it is submitted and completes there if it can; what has to wait, and the next of a
//    chain, goes on only in an enter with GETEVENTS, at most max(20, min_complete) pieces of work at a time;
//  - a failed member of a chain cancels the rest unless it is hard-linked; a short MSG_WAITALL send is a failure;
//  - a multishot ends with a completion without F_MORE: FIN, error, no buffer, full completion queue, cancel;
//  - arming a receive with buffer selection when no buffer is there fails with ENOBUFS even without data;
//  - an operation holds its file: closing a slot with an armed receive closes nothing until the receive ends;
//  - a cancelled send that had begun completes with the bytes it had taken;
//  - completions that find the queue full are kept aside in order, shown by IORING_SQ_CQ_OVERFLOW, and put into the
//    queue by a later enter with GETEVENTS (the overflow counter counts only lost ones: none here);
//  - the kernel's choice of a slot goes on behind the last one given, or the last one freed.
// Not simulated: CQE_SKIP_SUCCESS, DRAIN, timeouts as operations, zero copy, incremental and bundled buffers.
//
// A wait cannot block, because everything runs in one thread. While no World drives it, a waiting enter moves the clock
// itself; under a World it records what it waits for and returns as if a signal had come (EINTR).
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/feature.h"
#include "io/kernel.h"
#include "sim/fault.h"
#include "sim/file.h"
#include "sim/network.h"
#include "sim/request.h"
#include "sim/sim_ring.h"
#include "sim/timeline.h"

namespace ringload::sim {

struct SimOptions {
  uint64_t seed = 1;
  NetworkOptions network;
  uint32_t features = io::kAllFeatures;  // a kernel without the others; kBaselineFeatures: 6.1
  unsigned file_limit = 1 << 20;         // RLIMIT_NOFILE: bounds a ring's file table
  Nanos start = 1000 * kSecond;          // the clock's first instant
  Nanos now_cost = 25;                   // what reading the clock takes, ns
  Nanos enter_cost = 400;                // what an enter takes, ns
  Nanos delay_max = 2 * kMillisecond;    // of Fault::delay
};

class SimKernel {
 public:
  explicit SimKernel(const SimOptions& options = {});
  ~SimKernel();
  SimKernel(const SimKernel&) = delete;
  SimKernel& operator=(const SimKernel&) = delete;

  const io::Kernel& table() const { return table_; }
  Faults& faults() { return faults_; }
  Network& network() { return network_; }
  // The clock, without the cost of reading it.
  Nanos now() const { return timeline_.now(); }
  // Lets `duration` pass.
  void pass(Nanos duration) { advance(now() + duration); }

  // A counter as eventfd(2) makes it, to be read through a ring; closed by table().close.
  int make_event();
  void signal(int event, uint64_t add = 1);
  // The local port of a socket's descriptor; 0 when there is none.
  uint16_t port_of(int fd) const;
  // Breaks every connection from or to `port` by RST on both sides. How many there were.
  unsigned reset_connections(uint16_t port);

  // What exists now. After a program has closed everything: 0 everywhere.
  struct Census {
    size_t files = 0;      // open sockets and events
    size_t endpoints = 0;  // sockets, closed ones whose other side is still open among them
    size_t requests = 0;   // operations in flight
    uint64_t ports = 0;    // local ports in use
    size_t kept_aside = 0; // completions that found the queue full
    bool operator==(const Census&) const = default;
  };
  Census census() const;
  // What the program must not do, in words: provide a buffer twice, change a send's bytes before it completed, install
  // over an occupied slot, two sends or receives at once on one socket. The first 100.
  const std::vector<std::string>& violations() const { return violations_; }
  // Of every completion with its instant: equal for equal histories.
  uint64_t trace_hash() const { return trace_hash_; }
  uint64_t completions() const { return completions_; }
  uint64_t overflows() const { return overflows_; }

  // ---- for World ----
  void record_waits() { record_waits_ = true; }
  void advance(Nanos until);
  Nanos next_event() const { return timeline_.next(); }
  uint64_t progress() const { return timeline_.handled() + completions_; }
  // The ring of the last enter if that would have blocked and nothing is prepared for the next; else null.
  SimRing* blocked_ring();
  void forget_last_enter() { last_entered_ = nullptr; }
  bool wait_is_over(SimRing& ring);

 private:
  static constexpr int kPending = INT32_MIN;      // the operation waits for its file
  static constexpr int kHasEnded = INT32_MIN + 1; // its last completion was posted

  // io::Kernel's functions
  int setup(unsigned entries, io_uring_params& params, io_uring& ring);
  void teardown(io_uring& ring);
  int enter(io_uring& ring, unsigned to_submit, unsigned min_complete, unsigned flags,
            const io_uring_getevents_arg* argument);
  int get_events(SimRing& ring, unsigned want, Nanos deadline);
  static bool has_enough(const SimRing& ring, unsigned want);
  int reg(SimRing& ring, unsigned opcode, void* argument, unsigned nr);
  int socket(const io::SocketSpec& spec);
  void close(int fd);
  SimRing& of(const io_uring& ring);

  // requests
  unsigned consume(SimRing& ring, unsigned to_submit);
  Request& make_request(SimRing& ring, const io_uring_sqe& entry);
  void free_request(Request& request);
  void enqueue(Request& request);
  void run(Request& request);
  void run_work(SimRing& ring, unsigned limit);
  void on_ready(Waiter& waiter);
  void delay(Request& request);
  bool post(SimRing& ring, uint64_t user_data, int result, unsigned flags, bool pretend_full);
  bool post_more(Request& request, int result, unsigned flags);
  void finish(Request& request, int result, unsigned flags = 0, bool pretend_full = false);
  void wake_host_reads(SimRing& ring);

  // operations: result, -errno, kPending or kHasEnded
  int begin(Request& request);
  int perform(Request& request);
  int do_socket(Request& request);
  int do_command(Request& request);
  int do_connect(Request& request);
  int do_accept(Request& request);
  int do_receive(Request& request);
  int do_send(Request& request);
  int do_read(Request& request);
  int do_write(Request& request);
  int do_close(Request& request);
  int do_cancel(Request& request);
  bool cancel(Request& target);
  void check_send(Request& request, bool first);

  // files
  File* new_file(FileKind kind);
  File* new_socket(Endpoint& endpoint);
  void hold(File& file) { ++file.references; }
  void drop(File* file);
  int install(SimRing& ring, uint32_t file_index, File& file);
  int update_files(SimRing& ring, unsigned offset, const int* fds, unsigned count);
  int register_buffers(SimRing& ring, const io_uring_buf_reg& registration);
  int probe(io_uring_probe& probe, unsigned length) const;
  bool supports(unsigned opcode) const;
  const io_uring_buf* peek_buffer(BufferGroup& group);

  void violation(std::string what);

  SimOptions options_;
  Timeline timeline_;
  Faults faults_;
  Network network_;
  io::Kernel table_;
  std::vector<std::unique_ptr<SimRing>> rings_;  // by index; null after teardown
  std::deque<Request> requests_;
  std::vector<uint32_t> free_requests_;
  Descriptors descriptors_;
  size_t files_ = 0;
  bool record_waits_ = false;
  SimRing* last_entered_ = nullptr;
  std::vector<std::string> violations_;
  uint64_t trace_hash_ = 0;
  uint64_t completions_ = 0;
  uint64_t overflows_ = 0;
};

}  // namespace ringload::sim
