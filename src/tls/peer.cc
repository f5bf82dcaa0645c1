#include "tls/peer.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>

namespace ringload::tls {

Peer::Peer(std::string name) : name_(std::move(name)) {
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
