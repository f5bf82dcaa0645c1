#include "tls/filter.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

#include "base/alloc_guard.h"
#include "base/assert.h"
#include "tls/context.h"
#include "tls/peer.h"
#include "tls/verify.h"

namespace ringload::tls {
namespace {

// What a record may add to its plaintext: head, nonce, content type, MAC, padding.
constexpr size_t kRecordOverhead = 96;
constexpr size_t kRecordPlaintext = 16384;

// The last failure of this thread: its text, and why a certificate was refused while the handshake is on the stack.
thread_local char failure_text[160];
thread_local size_t failure_size = 0;
thread_local const char* refused_because = nullptr;

}  // namespace

void Filter::open(const Context& context, BlockPool& pool, Peer* peer) {
  RINGLOAD_ASSERT(state_ == State::none && context.is_server() == (peer == nullptr));
  const AllowAllocation exempt;
  context_ = &context;
  pool_ = &pool;
  peer_ = peer;
  input_ = {};
  out_of_memory_ = false;
  asked_ = by_silence_ = false;
  state_ = State::handshaking;
  ssl_ = SSL_new(context.context_);
  BIO* bio = ssl_ != nullptr ? BIO_new(transport()) : nullptr;
  bool ready = bio != nullptr;
  if (ready) {
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_, bio, bio);
    ready = SSL_set_app_data(ssl_, this) == 1;
  }
  if (ready && peer != nullptr) {
    SSL_set_connect_state(ssl_);
    if (!peer->is_address()) ready = SSL_set_tlsext_host_name(ssl_, peer->name().c_str()) == 1;
    if (ready && peer->session_ != nullptr) ready = SSL_set_session(ssl_, peer->session_) == 1;
  } else if (ready) {
    SSL_set_accept_state(ssl_);
  }
  if (!ready) {
    out_of_memory_ = true;
    return fail("no memory for a TLS connection", nullptr);
  }
  // The memory of an open connection counts, not that of what only its handshake needed.
  SSL_set_shed_handshake_config(ssl_, 1);
  if (peer != nullptr) handshake();
}

void Filter::close() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  ssl_ = nullptr;
  if (pool_ != nullptr) pool_->give(output_);
  output_size_ = 0;
  input_ = {};
  state_ = State::none;
}

void Filter::handshake() {
  refused_because = nullptr;
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    // Up to TLS 1.2 the server's last word comes after our certificate. A server that once answered without a word
    // about it, and so asks in vain or gives no tickets, is not waited for again.
    const bool awaits_word = asked_ && SSL_version(ssl_) >= TLS1_3_VERSION && !peer_->accepts_silently_;
    state_ = awaits_word ? State::unconfirmed : State::open;
    return;
  }
  judge(result);
  // Whatever was wrong, a ticket that was part of it is not tried again.
  if (state_ == State::failed && peer_ != nullptr) peer_->forget_ticket();
}

size_t Filter::read(std::span<char> plaintext) {
  const AllowAllocation exempt;  // each record passes through a buffer that libssl takes from malloc, and frees
  if (state_ == State::handshaking) {
    if (input_.empty()) return 0;
    handshake();
  }
  size_t size = 0;
  // A record is taken whole, so without input and without a rest of the last record there is nothing to ask for.
  while ((state_ == State::open || state_ == State::unconfirmed) && size < plaintext.size() &&
         (!input_.empty() || SSL_pending(ssl_) > 0)) {
    const int room = static_cast<int>(std::min<size_t>(plaintext.size() - size, INT32_MAX));
    const int result = SSL_read(ssl_, plaintext.data() + size, room);
    if (result <= 0) {
      judge(result);
      break;
    }
    size += static_cast<size_t>(result);
    state_ = State::open;
  }
  if (by_silence_ && size > 0) {
    peer_->accepts_silently_ = true;
    by_silence_ = false;
  }
  return size;
}

void Filter::take_silence_for_consent() {
  RINGLOAD_ASSERT(state_ == State::unconfirmed);
  state_ = State::open;
  by_silence_ = true;
}

bool Filter::write(std::span<const char> plaintext) {
  if (state_ != State::open && state_ != State::ended) return false;
  const AllowAllocation exempt;  // as in read()
  while (!plaintext.empty()) {
    const int size = static_cast<int>(std::min<size_t>(plaintext.size(), 1 << 30));
    const int result = SSL_write(ssl_, plaintext.data(), size);
    if (result <= 0) {
      judge(result);
      return false;
    }
    plaintext = plaintext.subspan(static_cast<size_t>(result));
  }
  return true;
}

bool Filter::reserve(size_t plaintext) {
  const size_t need = output_size_ + plaintext + (plaintext / kRecordPlaintext + 1) * kRecordOverhead;
  if (need <= output_.size) return true;
  if (!output_.empty()) return pool_->grow(output_, output_size_, need);
  output_ = pool_->take(need);
  return !output_.empty();
}

void Filter::say_goodbye() {
  if (state_ != State::open && state_ != State::ended) return;
  const AllowAllocation exempt;
  SSL_shutdown(ssl_);
  ERR_clear_error();
}

Block Filter::take_output(uint32_t& size) {
  const Block block = output_;
  size = output_size_;
  output_ = {};
  output_size_ = 0;
  return block;
}

// What SSL_read and its like mean by a result that is no success.
void Filter::judge(int result) {
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ) return;
  if (error == SSL_ERROR_ZERO_RETURN) {
    if (state_ == State::unconfirmed)
      return fail("the server said goodbye when it saw our certificate, or none", nullptr);
    state_ = State::ended;
    return;
  }
  if (out_of_memory_) {
    fail("no memory for TLS records", nullptr);
  } else {
    // TLS's own complaint says more than that of a cipher below it, which stands before it in the queue.
    const char* reason = nullptr;
    while (const uint32_t packed = ERR_get_error()) {
      if (reason == nullptr || ERR_GET_LIB(packed) == ERR_LIB_SSL) reason = ERR_reason_error_string(packed);
      if (ERR_GET_LIB(packed) == ERR_LIB_SSL) break;
    }
    fail(reason != nullptr ? reason : "the TLS connection broke", refused_because);
  }
  refused_because = nullptr;
  ERR_clear_error();
}

void Filter::fail(const char* reason, const char* detail) {
  state_ = State::failed;
  failure_size = 0;
  for (const char* part : {reason, detail != nullptr ? ": " : "", detail != nullptr ? detail : ""}) {
    const size_t size = std::min(std::strlen(part), sizeof failure_text - failure_size);
    std::memcpy(failure_text + failure_size, part, size);
    failure_size += size;
  }
}

std::string_view Filter::failure() const { return {failure_text, failure_size}; }

bool Filter::resumed() const { return SSL_session_reused(ssl_) == 1; }
std::string_view Filter::version() const { return SSL_get_version(ssl_); }

// ---- what BoringSSL calls ----

BIO_METHOD* Filter::transport() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(0, "filter");
    RINGLOAD_ASSERT(made != nullptr);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH; });
    return made;
  }();
  return method;
}

int Filter::bio_read(BIO* bio, char* out, int size) {
  auto& self = *static_cast<Filter*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.input_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t taken = std::min(self.input_.size(), static_cast<size_t>(size));
  std::memcpy(out, self.input_.data(), taken);
  self.input_ = self.input_.subspan(taken);
  return static_cast<int>(taken);
}

int Filter::bio_write(BIO* bio, const char* data, int size) {
  auto& self = *static_cast<Filter*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const size_t need = self.output_size_ + static_cast<size_t>(size);
  if (self.output_.empty()) self.output_ = self.pool_->take(need);
  if (self.output_.empty() ||
      (need > self.output_.size && !self.pool_->grow(self.output_, self.output_size_, need))) {
    self.out_of_memory_ = true;
    return -1;
  }
  std::memcpy(self.output_.data + self.output_size_, data, static_cast<size_t>(size));
  self.output_size_ = static_cast<uint32_t>(need);
  return size;
}

int Filter::on_certificate_request(SSL* ssl, void*) {
  static_cast<Filter*>(SSL_get_app_data(ssl))->asked_ = true;
  return 1;  // go on, with what the context has or without
}

int Filter::on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto& self = *static_cast<Filter*>(SSL_get_app_data(ssl));
  Peer* peer = self.peer_;
  if (peer == nullptr) return 0;
  if (self.state_ == State::unconfirmed) self.state_ = State::open;  // whom it refuses it gives no ticket
  peer->forget_ticket();
  peer->session_ = session;
  return 1;  // it is ours now
}

const char* Filter::check_peer(SSL* ssl, uint8_t* alert) {
  const auto& self = *static_cast<Filter*>(SSL_get_app_data(ssl));
  refused_because = why_not_trusted(SSL_get0_peer_certificates(ssl), self.context_->trust_, self.peer_, *alert);
  return refused_because;
}

}  // namespace ringload::tls
