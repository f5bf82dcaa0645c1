// A client's and a server's Filter with a wire between them that a test can cut and look at.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/block_pool.h"
#include "tls/context.h"
#include "tls/filter.h"
#include "tls/peer.h"

namespace ringload::tls::test {

struct End {
  Filter filter;
  std::string received;   // plaintext
  std::string sent_wire;  // ciphertext, all of it
  uint64_t pieces_fed = 0;
};

class Pair {
 public:
  Pair(const Context& client_context, const Context& server_context, Peer& peer);
  ~Pair();

  // Carries bytes both ways, `cut` at a time (0: all at once), until nothing is left to carry or one has failed. What
  // a failed end still said is carried too.
  void run(size_t cut = 0);
  // Drops what `from` wants to say (as when the wire is broken).
  std::string take(End& from);
  // Feeds ciphertext, reading all plaintext that results.
  void feed(End& to, std::string_view wire);

  BlockPool pool;
  End client, server;
};

}  // namespace ringload::tls::test
