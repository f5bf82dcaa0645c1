#include "engine/spending.h"

#include <algorithm>

namespace ringload::engine {

double cost_usd(const Price& price, double prompt, double cached, double completion) {
  const double fresh = std::max(0.0, prompt - cached);
  return (fresh * price.input_per_mtok + cached * price.cached_input_per_mtok +
          completion * price.output_per_mtok) /
         1e6;
}

const Price* price_of(const Profile& profile, const Scenario& scenario) {
  const auto found = profile.prices.find(scenario.model);
  return found == profile.prices.end() ? nullptr : &found->second;
}

bool all_priced(const Profile& profile) {
  return std::ranges::all_of(
      profile.scenarios, [&](const Scenario& each) { return price_of(profile, each) != nullptr; });
}

Spending::Spending(const load::Workload& workload) : rows_(workload.scenarios().size()) {
  for (const load::ScenarioPlan& plan : workload.scenarios()) {
    if (const Price* price = price_of(workload.profile(), *plan.scenario)) rows_[plan.index].price = *price;
    rows_[plan.index].planned_prompt = plan.mean_input_tokens;
  }
}

void Spending::add(uint32_t scenario, const Tokens& tokens, bool ok) {
  Row& row = rows_[scenario];
  if (!row.price) return;
  const auto told = [](int64_t count) { return static_cast<double>(std::max<int64_t>(count, 0)); };
  const double prompt = tokens.prompt < 0 && ok ? row.planned_prompt : told(tokens.prompt);
  const double cost = cost_usd(*row.price, prompt, told(tokens.cached), told(tokens.completion));
  row.usd.store(row.usd.load(std::memory_order_relaxed) + cost, std::memory_order_relaxed);
}

double Spending::usd() const {
  double sum = 0;
  for (const Row& row : rows_) sum += row.usd.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace ringload::engine
