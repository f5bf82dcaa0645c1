#include "engine/preflight_log.h"

#include <algorithm>
#include <cstring>

namespace ringload::engine {

void PreflightLog::take(const Exchange& exchange) {
  Answer& answer = answers_[exchange.outcome.scenario];
  answer.error = exchange.outcome.error;
  answer.status = exchange.outcome.status;
  answer.detail_size = exchange.detail_size;
  std::memcpy(answer.detail.data(), exchange.detail.data(), exchange.detail_size);
  answer.body_size = std::min(exchange.error_body_size, kBodyBytes);
  if (answer.body_size > 0) std::memcpy(answer.body.data(), exchange.error_body.data, answer.body_size);
}

std::vector<PreflightAnswer> PreflightLog::answers() const {
  std::vector<PreflightAnswer> list;
  for (uint32_t i = 0; i < answers_.size(); ++i) {
    const Answer& answer = answers_[i];
    list.push_back({i, answer.error, answer.status, std::string(answer.detail.data(), answer.detail_size),
                    std::string(answer.body.data(), answer.body_size)});
  }
  return list;
}

}  // namespace ringload::engine
