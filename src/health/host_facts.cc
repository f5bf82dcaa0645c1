#include "health/host_facts.h"

#include <algorithm>

#include "health/fact_groups.h"

namespace ringload::health {

std::string_view name_of(Fitness fitness) {
  switch (fitness) {
    case Fitness::ok: return "ok";
    case Fitness::could_be_better: return "could be better";
    case Fitness::unfit: return "unfit";
  }
  return {};
}

std::vector<HostFact> host_facts(const HostFiles& host, const io::Kernel& kernel, const std::function<void()>& wait) {
  Facts facts;
  const auto before = CpuShares::read(host);
  wait();
  const auto after = CpuShares::read(host);
  add_kernel_facts(facts, host, kernel);
  add_limit_facts(facts, host);
  add_network_facts(facts, host);
  add_cpu_facts(facts, host);
  add_interrupt_facts(facts, host);
  add_load_facts(facts, before, after);
  for (HostFact& fact : facts)
    if (fact.fitness == Fitness::ok) fact.remedy.clear();
  return facts;
}

Fitness worst_of(std::span<const HostFact> facts) {
  Fitness worst = Fitness::ok;
  for (const HostFact& fact : facts) worst = std::max(worst, fact.fitness);
  return worst;
}

}  // namespace ringload::health
