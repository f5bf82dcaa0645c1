#include "sim/fault.h"

#include "base/assert.h"

namespace ringload::sim {

const char* fault_name(Fault fault) {
  static constexpr const char* kNames[kFaults] = {
      "short_send", "reset",           "early_fin",     "no_buffers",   "lost_multishot", "delay",         "reorder",
      "syn_lost",   "connect_timeout", "process_files", "system_files", "no_address",     "spurious_wake", "cq_overflow"};
  return kNames[static_cast<size_t>(fault)];
}

Faults::Faults(uint64_t seed) {
  for (unsigned i = 0; i < kFaults; ++i) kinds_[i].random = Prng(seed_of(seed, i));
}

void Faults::set(Fault fault, double probability) {
  RINGLOAD_ASSERT(probability >= 0 && probability <= 1);
  of(fault).probability = probability;
}

void Faults::set_all(double probability) {
  for (unsigned i = 0; i < kFaults; ++i) set(static_cast<Fault>(i), probability);
}

void Faults::strike_at(Fault fault, uint64_t opportunity) {
  RINGLOAD_ASSERT(opportunity >= 1);
  of(fault).exact.push_back(of(fault).opportunities + opportunity);
}

bool Faults::strikes(Fault fault) {
  Kind& kind = of(fault);
  ++kind.opportunities;
  bool strikes = kind.probability > 0 && kind.random.uniform() < kind.probability;
  if (std::erase(kind.exact, kind.opportunities) > 0) strikes = true;
  kind.struck += strikes;
  return strikes;
}

}  // namespace ringload::sim
