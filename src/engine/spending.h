// What the requests of one shard have cost until now: added up on the shard, read by the session, which ends a run at
// its budget.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "load/workload.h"
#include "ringload/outcome.h"
#include "ringload/profile.h"

namespace ringload::engine {

// US dollars. Cached tokens are part of the prompt's.
double cost_usd(const Price& price, double prompt, double cached, double completion);
// Of the scenario's model; null without one.
const Price* price_of(const Profile& profile, const Scenario& scenario);
bool all_priced(const Profile& profile);

class Spending {
 public:
  explicit Spending(const load::Workload& workload);

  // One request ended; tokens that a good answer did not tell are those that its prompt was planned with.
  void add(uint32_t scenario, const Tokens& tokens, bool ok);
  // Since the start, warm-up and preflight included. From any thread.
  double usd(uint32_t scenario) const { return rows_[scenario].usd.load(std::memory_order_relaxed); }
  double usd() const;

 private:
  struct Row {
    std::optional<Price> price;
    double planned_prompt = 0;
    std::atomic<double> usd{0};  // one writer
  };
  std::vector<Row> rows_;  // by scenario
};

}  // namespace ringload::engine
