// A client's and a server's Filter with a wire between them that the input cuts, changes and adds to. Whatever happens
// on the wire: what one end reads is what the other wrote, or its beginning; and with nothing but cuts it is all of it.
// To a server that demands a certificate, a client without one writes nothing.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "../unit/tls/certificates.h"
#include "base/block_pool.h"
#include "tls/context.h"
#include "tls/filter.h"
#include "tls/peer.h"

namespace {

using ringload::Block;
using ringload::BlockPool;
using namespace ringload::tls;

#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::fprintf(stderr, "%s:%d: not %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                            \
    }                                                                          \
  } while (false)

struct Contexts {
  std::shared_ptr<const Context> client, known_client;
  std::shared_ptr<const Context> servers[4];  // by kind: 1: TLS 1.2; 2: demands a certificate

  Contexts() {
    const test::Folder folder;
    const test::Issued issued = test::issue({.dns_names = {"gw.example"}}, nullptr);
    const std::string file = folder.write("server.pem", {&issued}, issued.key.get());
    client = *Context::client({.ca_file = file});
    known_client = *Context::client({.ca_file = file, .certificate_file = file});
    for (unsigned kind = 0; kind < 4; ++kind) {
      const Version version = (kind & 1) != 0 ? Version::tls1_2 : Version::tls1_3;
      servers[kind] = *Context::server({.certificate_file = file,
                                        .client_ca_file = (kind & 2) != 0 ? file : "",
                                        .lowest = version,
                                        .highest = version});
    }
  }
};

struct End {
  Filter filter;
  std::string wire;      // said and not yet carried
  std::string written;   // plaintext
  std::string received;  // plaintext
};

class Line {
 public:
  Line(const Context& client_context, const Context& server_context) {
    server.filter.open(server_context, pool_, nullptr);
    client.filter.open(client_context, pool_, &peer_);
  }
  ~Line() {
    client.filter.close();
    server.filter.close();
    REQUIRE(pool_.taken() == 0);
  }

  void gather(End& end) {
    uint32_t size = 0;
    Block block = end.filter.take_output(size);
    end.wire.append(block.data, size);
    pool_.give(block);
  }

  // At most `count` bytes; whether there were any.
  bool carry(End& from, End& to, size_t count) {
    gather(from);
    count = std::min(count, from.wire.size());
    if (count == 0) return false;
    // Memory of its own, so that a sanitizer sees whoever reads past the end or after the call.
    const std::vector<char> piece(from.wire.begin(), from.wire.begin() + static_cast<std::ptrdiff_t>(count));
    from.wire.erase(0, count);
    if (to.filter.state() == Filter::State::failed) return true;
    to.filter.feed(piece);
    char plaintext[200];
    while (const size_t size = to.filter.read(plaintext)) to.received.append(plaintext, size);
    if (to.filter.state() == Filter::State::failed) REQUIRE(!to.filter.failure().empty());
    return true;
  }

  void write(End& end, std::string_view text) {
    if (end.filter.write(text)) end.written += text;
  }

  End client, server;

 private:
  BlockPool pool_{{64, 64, 64, 64, 16, 4}};
  Peer peer_{"gw.example"};
};

class Script {
 public:
  Script(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool over() const { return at_ >= size_; }
  uint8_t byte() { return over() ? 0 : data_[at_++]; }
  std::string_view take(size_t count) {
    const std::string_view text(reinterpret_cast<const char*>(data_) + at_, std::min(count, size_ - at_));
    at_ += text.size();
    return text;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Contexts contexts;
  Script script(data, std::min<size_t>(size, 400));
  const uint8_t kind = script.byte();
  const bool refused = (kind & 2) != 0 && (kind & 4) == 0;
  Line line((kind & 4) != 0 ? *contexts.known_client : *contexts.client, *contexts.servers[kind & 3]);
  bool meddled = false;
  if ((kind & 8) != 0) {  // begin behind the handshake
    while (line.carry(line.client, line.server, SIZE_MAX) || line.carry(line.server, line.client, SIZE_MAX)) {
    }
  }
  while (!script.over()) {
    const uint8_t op = script.byte();
    End& from = (op & 1) != 0 ? line.client : line.server;
    End& to = (op & 1) != 0 ? line.server : line.client;
    switch (op >> 1 & 7) {
      case 0:
      case 1: line.carry(from, to, SIZE_MAX); break;
      case 2:
      case 3: line.carry(from, to, size_t{script.byte()} + 1); break;
      case 4:
      case 5: line.write(from, script.take(script.byte())); break;
      case 6: {
        line.gather(from);
        if (from.wire.empty()) break;
        const size_t place = (size_t{script.byte()} << 8 | script.byte()) % from.wire.size();
        const uint8_t change = script.byte();
        from.wire[place] = static_cast<char>(from.wire[place] ^ change);
        meddled |= change != 0;
        break;
      }
      default: {
        line.gather(from);
        const std::string_view added = script.take(script.byte());
        from.wire.insert(script.byte() % (from.wire.size() + 1), added);
        meddled |= !added.empty();
      }
    }
  }
  bool moved = true;
  while (moved) moved = line.carry(line.client, line.server, 1000) | line.carry(line.server, line.client, 1000);

  REQUIRE(line.server.written.starts_with(line.client.received));
  REQUIRE(line.client.written.starts_with(line.server.received));
  if (refused) {
    REQUIRE(line.client.written.empty() && line.client.received.empty());
    REQUIRE(meddled || line.client.filter.state() == Filter::State::failed);
  } else if (!meddled) {
    const Filter::State state = line.client.filter.state();
    REQUIRE(state == Filter::State::open || state == Filter::State::unconfirmed);
    REQUIRE(line.server.filter.state() == Filter::State::open);
    REQUIRE(line.client.received == line.server.written && line.server.received == line.client.written);
  }
  return 0;
}
