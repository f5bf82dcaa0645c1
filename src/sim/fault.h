// What may go wrong, each with a probability per opportunity from its own seeded stream (so that switching one on does
// not shift the others), or exactly at the k-th opportunity from now.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "base/prng.h"

namespace ringload::sim {

enum class Fault : uint8_t {
  short_send,       // a send takes a part of its bytes, then the connection is reset
  reset,            // RST on both sides at a random moment of a connection's life
  early_fin,        // the bytes to one side stop at a random moment with FIN; the other side gets RST
  no_buffers,       // a receive finds no provided buffer although there are some
  lost_multishot,   // a multishot ends (no F_MORE) for no reason
  delay,            // an operation or its wake-up happens later
  reorder,          // a woken operation overtakes others
  syn_lost,         // a connection request is lost; it is repeated after 1, 2, 4, … s
  connect_timeout,  // nobody answers a connection request: ETIMEDOUT
  process_files,    // socket fails with EMFILE
  system_files,     // … with ENFILE
  no_address,       // connect fails with EADDRNOTAVAIL
  spurious_wake,    // a waiting enter returns although nothing happened
  cq_overflow,      // a completion finds the queue full although it is not
};
inline constexpr unsigned kFaults = 14;

const char* fault_name(Fault fault);

class Faults {
 public:
  explicit Faults(uint64_t seed);

  // Probability per opportunity, 0 … 1; 0 at the start.
  void set(Fault fault, double probability);
  void set_all(double probability);
  // Strikes at the `opportunity`-th one from now (1: the next), once, beside what the probability does.
  void strike_at(Fault fault, uint64_t opportunity = 1);

  // An opportunity: does it strike?
  bool strikes(Fault fault);
  // Uniform in [0, bound), for the details of a fault.
  uint64_t pick(Fault fault, uint64_t bound) { return of(fault).random.below(bound); }

  uint64_t opportunities(Fault fault) const { return of(fault).opportunities; }
  uint64_t struck(Fault fault) const { return of(fault).struck; }

 private:
  struct Kind {
    Prng random{0};
    double probability = 0;
    uint64_t opportunities = 0;
    uint64_t struck = 0;
    std::vector<uint64_t> exact;  // opportunities that strike for sure
  };
  Kind& of(Fault fault) { return kinds_[static_cast<size_t>(fault)]; }
  const Kind& of(Fault fault) const { return kinds_[static_cast<size_t>(fault)]; }
  std::array<Kind, kFaults> kinds_;
};

}  // namespace ringload::sim
