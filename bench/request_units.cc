// Whole requests as units of work: `request_units NAME N` runs a closed stage of N requests in simulation. bench/budget
// counts what a shard's steps execute, without what the simulated kernel does for them: the calls into it go through
// the functions named outside_*, at which counting stops.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "../tests/sim/sim_run.h"

namespace {

using namespace ringload;

const io::Kernel* inside = nullptr;  // the simulated kernel's own table

[[gnu::noinline]] int outside_enter(void* self, io_uring* ring, unsigned to_submit, unsigned min_complete,
                                    unsigned flags, io_uring_getevents_arg* argument) {
  const int result = inside->enter(self, ring, to_submit, min_complete, flags, argument);
  asm volatile("");  // no tail call: the return from here is where counting goes on
  return result;
}

[[gnu::noinline]] Nanos outside_now(void* self) {
  const Nanos now = inside->now(self);
  asm volatile("");
  return now;
}

void wrap(io::Kernel& kernel) {
  static io::Kernel original;
  original = kernel;
  inside = &original;
  kernel.enter = outside_enter;
  kernel.now = outside_now;
}

bool run(bool stream, uint64_t requests) {
  SimRunOptions options;
  options.wrap = wrap;
  options.profile = std::string(R"({"defaults": {"target": "http://10.0.0.1:8080", "model": "m", "max_tokens": 128,
                                     "stream": )") + (stream ? "true" : "false") + R"(},
                        "stages": [{"concurrency": 64, "duration": "600s"}],
                        "scenarios": [{"name": "s", "content": {"mode": "sized", "approx_input_tokens": 128}}]})";
  options.mock.ttft = "1ms";
  SimRun run(options);
  return run.run_stage(0, requests).total.ok == requests;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    std::puts("request\nstream_request");
    return 0;
  }
  const std::string_view name = argv[1];
  if (argc != 3 || (name != "request" && name != "stream_request")) {
    std::fputs("request_units NAME N; without arguments: the names\n", stderr);
    return 2;
  }
  if (run(name == "stream_request", static_cast<uint64_t>(std::atol(argv[2])))) return 0;
  std::fputs("request_units: not every request succeeded\n", stderr);
  return 1;
}
