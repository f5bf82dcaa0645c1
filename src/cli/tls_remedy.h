// What most likely helps when TLS did not come about.
#pragma once
#include <string>
#include <string_view>

#include "ringload/profile.h"

namespace ringload::cli {

// `detail` is that of the failed request: BoringSSL's reason, or what the connection did.
std::string tls_remedy(const Scenario& scenario, std::string_view detail);

// For an answer by HTTP that complains of TLS; empty when it does not.
std::string tls_remedy_of_answer(const Scenario& scenario, std::string_view body);

}  // namespace ringload::cli
