// What `ringload doctor` found, as text and as JSON. Pure.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "cli/calibration.h"
#include "health/host_facts.h"
#include "ringload/report.h"
#include "ringload/result.h"

namespace ringload::cli {

struct Diagnosis {
  HostInfo host;
  std::vector<health::HostFact> facts;
  std::optional<Calibration> calibration;

  bool fit() const { return health::worst_of(facts) != health::Fitness::unfit; }
};

std::string doctor_text(const Diagnosis& diagnosis, const TextStyle& style);
std::string doctor_json(const Diagnosis& diagnosis);

}  // namespace ringload::cli
