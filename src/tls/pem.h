// What PEM files hold. Inside of this folder only.
#pragma once
#include <openssl/base.h>
#include <openssl/evp.h>
#include <openssl/pool.h>
#include <openssl/x509.h>

#include <expected>
#include <string>
#include <vector>

namespace ringload::tls {

// The certificates of a file in their order, at least one, undecoded.
std::expected<std::vector<bssl::UniquePtr<CRYPTO_BUFFER>>, std::string> read_chain(const std::string& file);
// The private key of a file. One that asks for a pass phrase is refused.
std::expected<bssl::UniquePtr<EVP_PKEY>, std::string> read_key(const std::string& file);
// A store of all certificates of a file, which are trusted whether they are roots or not.
std::expected<bssl::UniquePtr<X509_STORE>, std::string> read_trust(const std::string& file);
// The same, of the system's bundle; loaded once.
std::expected<X509_STORE*, std::string> system_trust();

// "reason of BoringSSL's newest complaint" and an empty queue, or `otherwise`.
std::string take_library_error(const char* otherwise);

}  // namespace ringload::tls
