#include "tls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls/filter.h"
#include "tls/memory.h"
#include "tls/pem.h"

// Debian has OpenSSL's headers under the same names: without the right include path they would be taken silently.
#ifndef OPENSSL_IS_BORINGSSL
#error "these are not BoringSSL's headers"
#endif

namespace ringload::tls {
namespace {

constexpr uint8_t kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// Equal certificates of many connections are held once.
CRYPTO_BUFFER_POOL* certificate_pool() {
  static CRYPTO_BUFFER_POOL* pool = CRYPTO_BUFFER_POOL_new();
  return pool;
}

// What a client offers beside http/1.1 is not for us; one that offers none of it is served all the same.
int choose_protocol(SSL*, const uint8_t** chosen, uint8_t* size, const uint8_t* offered, unsigned offered_size, void*) {
  uint8_t* found = nullptr;
  if (SSL_select_next_proto(&found, size, kHttp11, sizeof kHttp11, offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

std::expected<void, std::string> use_certificate(SSL_CTX* context, const std::string& certificate_file,
                                                 const std::string& key_file) {
  auto chain = read_chain(certificate_file);
  if (!chain) return std::unexpected(chain.error());
  auto key = read_key(key_file.empty() ? certificate_file : key_file);
  if (!key) return std::unexpected(key.error());
  std::vector<CRYPTO_BUFFER*> links;
  for (const auto& link : *chain) links.push_back(link.get());
  if (SSL_CTX_set_chain_and_key(context, links.data(), links.size(), key->get(), nullptr) != 1) {
    return std::unexpected("the key of \"" + (key_file.empty() ? certificate_file : key_file) +
                           "\" and the certificate of \"" + certificate_file + "\" do not go together (" +
                           take_library_error("unknown reason") + ")");
  }
  return {};
}

bssl::UniquePtr<SSL_CTX> new_context() {
  memory_counters();  // so that the linker takes the file with the hooks, which libcrypto only looks for weakly
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_with_buffers_method()));
  if (context) SSL_CTX_set0_buffer_pool(context.get(), certificate_pool());
  return context;
}

}  // namespace

Context::~Context() {
  SSL_CTX_free(context_);
  X509_STORE_free(own_trust_);
}

std::expected<std::shared_ptr<const Context>, std::string> Context::client(const ClientOptions& options) {
  std::shared_ptr<Context> self(new Context);
  auto context = new_context();
  if (!context) return std::unexpected("no memory for TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_alpn_protos(context.get(), kHttp11, sizeof kHttp11);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), Filter::on_new_session);
  SSL_CTX_set_cert_cb(context.get(), Filter::on_certificate_request, nullptr);
  if (options.verify) {
    if (auto trusted = self->trust(options.ca_file); !trusted) return std::unexpected(trusted.error());
    SSL_CTX_set_custom_verify(context.get(), SSL_VERIFY_PEER, [](SSL* ssl, uint8_t* alert) {
      return Filter::check_peer(ssl, alert) == nullptr ? ssl_verify_ok : ssl_verify_invalid;
    });
  } else {
    SSL_CTX_set_custom_verify(context.get(), SSL_VERIFY_NONE, [](SSL*, uint8_t*) { return ssl_verify_ok; });
  }
  if (!options.certificate_file.empty()) {
    if (auto used = use_certificate(context.get(), options.certificate_file, options.key_file); !used)
      return std::unexpected(used.error());
  }
  self->context_ = context.release();
  return self;
}

std::expected<std::shared_ptr<const Context>, std::string> Context::server(const ServerOptions& options) {
  std::shared_ptr<Context> self(new Context);
  auto context = new_context();
  if (!context) return std::unexpected("no memory for TLS");
  SSL_CTX_set_min_proto_version(context.get(), static_cast<uint16_t>(options.lowest));
  SSL_CTX_set_max_proto_version(context.get(), static_cast<uint16_t>(options.highest));
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets carry all that there is
  if (!options.client_ca_file.empty()) {
    if (auto trusted = self->trust(options.client_ca_file); !trusted) return std::unexpected(trusted.error());
    SSL_CTX_set_custom_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                              [](SSL* ssl, uint8_t* alert) {
                                return Filter::check_peer(ssl, alert) == nullptr ? ssl_verify_ok : ssl_verify_invalid;
                              });
    SSL_CTX_set_session_id_context(context.get(), kHttp11, sizeof kHttp11);  // needed with tickets; any will do
  }
  if (auto used = use_certificate(context.get(), options.certificate_file, options.key_file); !used)
    return std::unexpected(used.error());
  self->is_server_ = true;
  self->context_ = context.release();
  return self;
}

std::expected<void, std::string> Context::trust(const std::string& file) {
  if (file.empty()) {
    auto store = system_trust();
    if (!store) return std::unexpected(store.error());
    trust_ = *store;
    return {};
  }
  auto store = read_trust(file);
  if (!store) return std::unexpected(store.error());
  trust_ = own_trust_ = store->release();
  return {};
}

}  // namespace ringload::tls
