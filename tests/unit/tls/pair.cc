#include "pair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace ringload::tls::test {

Pair::Pair(const Context& client_context, const Context& server_context, Peer& peer)
    : pool({64, 64, 64, 64, 16, 16, 4}) {
  server.filter.open(server_context, pool, nullptr);
  client.filter.open(client_context, pool, &peer);
}

Pair::~Pair() {
  client.filter.close();
  server.filter.close();
  EXPECT_EQ(pool.taken(), 0u);
}

std::string Pair::take(End& from) {
  uint32_t size = 0;
  Block block = from.filter.take_output(size);
  std::string wire(block.data, size);
  pool.give(block);
  from.sent_wire += wire;
  return wire;
}

void Pair::feed(End& to, std::string_view wire) {
  // Memory of its own, so that a sanitizer sees whoever reads past the end or after the call.
  const auto copy = std::make_unique<char[]>(wire.size());
  std::copy(wire.begin(), wire.end(), copy.get());
  to.filter.feed({copy.get(), wire.size()});
  ++to.pieces_fed;
  std::array<char, 333> plaintext;
  while (const size_t size = to.filter.read(plaintext)) to.received.append(plaintext.data(), size);
}

void Pair::run(size_t cut) {
  for (bool moved = true; moved;) {
    moved = false;
    for (auto [from, to] : {std::pair{&client, &server}, std::pair{&server, &client}}) {
      const std::string wire = take(*from);
      const size_t step = cut == 0 ? std::max<size_t>(wire.size(), 1) : cut;
      for (size_t at = 0; at < wire.size() && to->filter.state() != Filter::State::failed; at += step) {
        feed(*to, std::string_view(wire).substr(at, step));
        moved = true;
      }
    }
  }
}

}  // namespace ringload::tls::test
