#include "tls/peer.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>

namespace ringload::tls {

Peer::Peer(std::string name) : name_(std::move(name)) {
  // The dot that ends a fully qualified name is DNS's affair: certificates and SNI are without (RFC 6066, 3).
  if (name_.size() > 1 && name_.back() == '.') name_.pop_back();
  in6_addr address;
  is_address_ =
      ::inet_pton(AF_INET, name_.c_str(), &address) == 1 || ::inet_pton(AF_INET6, name_.c_str(), &address) == 1;
}

Peer::~Peer() { forget_ticket(); }

void Peer::forget_ticket() {
  SSL_SESSION_free(session_);
  session_ = nullptr;
}

}  // namespace ringload::tls
