// Which TLS library this program runs with.
#pragma once
#include <string>

namespace ringload::tls {

std::string library_description();  // "BoringSSL, API version 17"

}  // namespace ringload::tls
