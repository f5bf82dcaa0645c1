#include "tls/library.h"

#include <openssl/base.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

// Debian has OpenSSL's headers under the same names: without the right include path they would be taken silently.
#ifndef OPENSSL_IS_BORINGSSL
#error "these are not BoringSSL's headers"
#endif

namespace ringload::tls {

std::string library_description() {
  SSL_CTX* context = SSL_CTX_new(TLS_method());
  const bool works = context != nullptr;
  SSL_CTX_free(context);
  return "BoringSSL, API version " + std::to_string(BORINGSSL_API_VERSION) + (works ? "" : " (not working)");
}

}  // namespace ringload::tls
