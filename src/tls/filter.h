// One TLS connection as bytes in, bytes out: it neither knows sockets nor waits. Ciphertext is fed and read as
// plaintext; plaintext that is written, and all that the handshake itself has to say, gathers as ciphertext in a block
// of the pool until somebody takes it to send. What has not come whole (a record cut anywhere) stays inside.
//
//   on open       open() → take_output()
//   on receive    feed(), then read() until it returns 0; then take_output(), and look at state()
//   on send       write() → take_output()
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/block_pool.h"

struct ssl_st;
struct ssl_session_st;
struct bio_st;
struct bio_method_st;

namespace ringload::tls {

class Context;
class Peer;

class Filter {
 public:
  enum class State : uint8_t {
    none,
    handshaking,
    // A client's handshake is done, but the server asked for a certificate and has not said what it thinks of ours (or
    // of there being none): in TLS 1.3 its alert comes after our last word. What there is to be taken must be sent.
    unconfirmed,
    open,
    ended,  // the peer said close_notify: no more will come, and nothing was cut off
    failed  // failure() says why; only take_output() (an alert for the peer) and close() make sense
  };

  Filter() = default;
  ~Filter() { close(); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  // Begins a connection; a client's first words are then there to be taken. `peer` is whom a client speaks to, null for
  // a server. Context, pool and peer outlive the connection. `failed` when there is no memory.
  void open(const Context& context, BlockPool& pool, Peer* peer);
  // Frees everything; harmless when there is nothing.
  void close();

  State state() const { return state_; }
  bool active() const { return state_ != State::none; }

  // Ciphertext that arrived. It must stay until read() has returned 0.
  void feed(std::span<const char> ciphertext) { input_ = ciphertext; }
  // Goes on with the handshake and decrypts what was fed, as many records as fit. 0: all of it has been used, or the
  // connection is at its end.
  size_t read(std::span<char> plaintext);

  // The server of an unconfirmed connection has had its time to object: it is open.
  void take_silence_for_consent();

  // Encrypts; false when it failed. Call only when open (or ended: then the peer may still read).
  bool write(std::span<const char> plaintext);
  // Room for so much plaintext at once, so that the block is not grown step by step. Optional.
  bool reserve(size_t plaintext);
  // Says close_notify, unless the connection is in no state to.
  void say_goodbye();

  bool has_output() const { return output_size_ > 0; }
  // Ciphertext to be sent, in a block that is now the caller's to give back.
  Block take_output(uint32_t& size);

  // BoringSSL's reason, like "CERTIFICATE_VERIFY_FAILED: certificate has expired". Valid until the next failure of any
  // connection of this thread.
  std::string_view failure() const;
  bool out_of_memory() const { return out_of_memory_; }  // what failed was ours, not the peer's
  // Of an open connection.
  bool resumed() const;
  std::string_view version() const;  // "TLSv1.3"

 private:
  friend class Context;  // installs the callbacks
  static bio_method_st* transport();  // how BoringSSL reaches input_ and output_
  static int bio_read(bio_st* bio, char* out, int size);
  static int bio_write(bio_st* bio, const char* data, int size);
  static int on_certificate_request(ssl_st* ssl, void*);
  static int on_new_session(ssl_st* ssl, ssl_session_st* session);
  static const char* check_peer(ssl_st* ssl, uint8_t* alert);  // null: trusted

  void handshake();
  void judge(int result);
  void fail(const char* reason, const char* detail);

  ssl_st* ssl_ = nullptr;
  const Context* context_ = nullptr;
  BlockPool* pool_ = nullptr;
  Peer* peer_ = nullptr;
  std::span<const char> input_;
  Block output_;
  uint32_t output_size_ = 0;
  State state_ = State::none;
  bool out_of_memory_ = false;
  bool asked_ = false;      // the server asked for a certificate
  bool by_silence_ = false;  // open without its word; it has not answered yet
};

}  // namespace ringload::tls
