#include "tls/verify.h"

#include <openssl/pool.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tls/peer.h"

namespace ringload::tls {
namespace {

uint8_t alert_for(long error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return SSL_AD_CERTIFICATE_EXPIRED;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return SSL_AD_UNKNOWN_CA;
    case X509_V_ERR_OUT_OF_MEM: return SSL_AD_INTERNAL_ERROR;
    default: return SSL_AD_BAD_CERTIFICATE;
  }
}

}  // namespace

const char* why_not_trusted(const STACK_OF(CRYPTO_BUFFER) * chain, X509_STORE* store, const Peer* peer,
                            uint8_t& alert) {
  alert = SSL_AD_BAD_CERTIFICATE;
  const size_t size = chain != nullptr ? sk_CRYPTO_BUFFER_num(chain) : 0;
  if (size == 0) return "no certificate";
  bssl::UniquePtr<X509> leaf;
  bssl::UniquePtr<STACK_OF(X509)> others(sk_X509_new_null());
  for (size_t i = 0; i < size; ++i) {
    bssl::UniquePtr<X509> certificate(X509_parse_from_buffer(sk_CRYPTO_BUFFER_value(chain, i)));
    if (!certificate) return "unreadable certificate";
    if (i == 0) {
      leaf = std::move(certificate);
    } else if (!bssl::PushToStack(others.get(), std::move(certificate))) {
      return "out of memory";
    }
  }
  const bssl::UniquePtr<X509_STORE_CTX> check(X509_STORE_CTX_new());
  // "ssl_server" is what a client checks of a server: usage bits that allow that role.
  if (!check || X509_STORE_CTX_init(check.get(), store, leaf.get(), others.get()) != 1 ||
      X509_STORE_CTX_set_default(check.get(), peer != nullptr ? "ssl_server" : "ssl_client") != 1) {
    alert = SSL_AD_INTERNAL_ERROR;
    return "out of memory";
  }
  if (peer != nullptr) {
    X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(check.get());
    const std::string& name = peer->name();
    const int named = peer->is_address() ? X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str())
                                         : X509_VERIFY_PARAM_set1_host(param, name.c_str(), name.size());
    if (named != 1) return "a name that no certificate can bear";
  }
  if (X509_verify_cert(check.get()) == 1) return nullptr;
  const int error = X509_STORE_CTX_get_error(check.get());
  alert = alert_for(error);
  return X509_verify_cert_error_string(error);
}

}  // namespace ringload::tls
