#include "tls/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace ringload::tls {
namespace {

// Where distributions keep the bundle of what they trust; Debian's first.
constexpr const char* kBundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                    "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

std::expected<bssl::UniquePtr<BIO>, std::string> open(const std::string& file) {
  errno = 0;
  bssl::UniquePtr<BIO> bio(BIO_new_file(file.c_str(), "rb"));
  if (bio) return bio;
  const int error = errno;
  ERR_clear_error();
  return std::unexpected("cannot read \"" + file + "\": " + std::strerror(error != 0 ? error : EIO));
}

// Calls take(name, bytes) for each block of a PEM file; false stops.
template <class Take>
void for_each_block(BIO* bio, Take take) {
  char* name = nullptr;
  char* header = nullptr;
  uint8_t* data = nullptr;
  long size = 0;
  bool more = true;
  while (more && PEM_read_bio(bio, &name, &header, &data, &size) == 1) {
    more = take(std::string_view(name), data, static_cast<size_t>(size));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
  }
  ERR_clear_error();  // the end of the file is told as an error
}

bool is_certificate(std::string_view name) {
  return name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD || name == PEM_STRING_X509_TRUSTED;
}

int refuse_pass_phrase(char*, int, int, void*) { return -1; }

}  // namespace

std::string take_library_error(const char* otherwise) {
  const uint32_t error = ERR_peek_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  std::string text = reason != nullptr ? reason : otherwise;
  ERR_clear_error();
  return text;
}

std::expected<std::vector<bssl::UniquePtr<CRYPTO_BUFFER>>, std::string> read_chain(const std::string& file) {
  auto bio = open(file);
  if (!bio) return std::unexpected(bio.error());
  std::vector<bssl::UniquePtr<CRYPTO_BUFFER>> chain;
  for_each_block(bio->get(), [&](std::string_view name, const uint8_t* data, size_t size) {
    if (is_certificate(name)) chain.emplace_back(CRYPTO_BUFFER_new(data, size, nullptr));
    return true;
  });
  if (chain.empty()) return std::unexpected("\"" + file + "\" holds no certificate in PEM form");
  return chain;
}

std::expected<bssl::UniquePtr<EVP_PKEY>, std::string> read_key(const std::string& file) {
  auto bio = open(file);
  if (!bio) return std::unexpected(bio.error());
  bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio->get(), nullptr, refuse_pass_phrase, nullptr));
  const std::string reason = take_library_error("not a key");
  if (!key) {
    return std::unexpected("\"" + file + "\" holds no private key in PEM form without a pass phrase (" + reason + ")");
  }
  return key;
}

std::expected<bssl::UniquePtr<X509_STORE>, std::string> read_trust(const std::string& file) {
  auto bio = open(file);
  if (!bio) return std::unexpected(bio.error());
  bssl::UniquePtr<X509_STORE> store(X509_STORE_new());
  size_t certificates = 0;
  std::string wrong;
  for_each_block(bio->get(), [&](std::string_view name, const uint8_t* data, size_t size) {
    if (!is_certificate(name)) return true;
    const uint8_t* at = data;
    // One that this library cannot read must not cost the whole bundle.
    const bssl::UniquePtr<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(size)));
    if (certificate && X509_STORE_add_cert(store.get(), certificate.get()) == 1) {
      ++certificates;
    } else {
      wrong = take_library_error("unreadable");
    }
    return true;
  });
  if (certificates == 0) {
    return std::unexpected("\"" + file + "\" holds no certificate in PEM form" +
                           (wrong.empty() ? "" : " that can be read (" + wrong + ")"));
  }
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  return store;
}

std::expected<X509_STORE*, std::string> system_trust() {
  static std::mutex mutex;
  static X509_STORE* store = nullptr;  // for the whole process; never freed
  const std::lock_guard lock(mutex);
  if (store != nullptr) return store;
  std::string error;
  const auto attempt = [&](const char* file) {
    auto loaded = read_trust(file);
    if (loaded) {
      store = loaded->release();
    } else {
      error += (error.empty() ? "" : "; ") + loaded.error();
    }
    return store != nullptr;
  };
  // The variable by which users of every such library name another bundle.
  if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr && *named != 0) {
    if (attempt(named)) return store;
  } else {
    for (const char* bundle : kBundles)
      if (attempt(bundle)) return store;
  }
  return std::unexpected("no certificates to trust: " + error + ". Install ca-certificates, or name a file");
}

}  // namespace ringload::tls
