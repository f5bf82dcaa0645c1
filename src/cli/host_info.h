// The host that the load comes from, as the summary names it.
#pragma once
#include "ringload/result.h"

namespace ringload::cli {

HostInfo describe_host();

}  // namespace ringload::cli
