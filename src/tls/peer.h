// A server as a client knows it: the name that its certificate must bear, and the newest ticket that it gave. One for
// each target of a shard; the shard's connections to that target resume each other's sessions.
#pragma once
#include <cstdint>
#include <string>

struct ssl_session_st;

namespace ringload::tls {

class Peer {
 public:
  // A DNS name, or an address as text (which is looked for among the certificate's addresses, and never sent as SNI).
  explicit Peer(std::string name);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const std::string& name() const { return name_; }
  bool is_address() const { return is_address_; }
  bool has_ticket() const { return session_ != nullptr; }
  void forget_ticket();

 private:
  friend class Filter;
  std::string name_;
  bool is_address_ = false;
  bool accepts_silently_ = false;  // asks for certificates, and answered us without a word about ours
  ssl_session_st* session_ = nullptr;
};

}  // namespace ringload::tls
