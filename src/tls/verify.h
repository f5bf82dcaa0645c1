// Whether a chain of certificates is to be trusted. Inside of this folder only.
#pragma once
#include <openssl/x509.h>

#include <cstdint>

namespace ringload::tls {

class Peer;

// Null when `chain` (leaf first) leads to something in `store`, is valid now and, with a `peer`, bears its name; else
// why not, a string that stays, and the alert to send.
const char* why_not_trusted(const STACK_OF(CRYPTO_BUFFER) * chain, X509_STORE* store, const Peer* peer,
                            uint8_t& alert);

}  // namespace ringload::tls
