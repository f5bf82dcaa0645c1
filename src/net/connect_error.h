// What a failed connect means for the request that needed it.
#pragma once
#include "ringload/outcome.h"

namespace ringload::net {

ErrorClass classify_connect_error(int error);

}  // namespace ringload::net
