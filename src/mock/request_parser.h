// Heads of HTTP/1.1 requests (RFC 9112), for a server that serves few paths. Written apart from the generator's
// response reader on purpose: an encoder and a decoder that share code hide each other's mistakes.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace ringload::mock {

inline constexpr size_t kMaxRequestHead = 64 * 1024;
inline constexpr uint64_t kMaxRequestBody = 16u << 20;

enum class Method : uint8_t { get, head, post, other };

// What the mock needs of a head, copied: the bytes may go before the body has come. Texts that are too long are cut,
// the request id is dropped.
struct RequestHead {
  Method method = Method::other;
  bool http_1_0 = false;
  bool keep_alive = false;
  bool chunked = false;
  bool expect_continue = false;
  uint8_t method_size = 0;
  uint8_t path_size = 0;
  uint8_t request_id_size = 0;
  uint64_t content_length = 0;
  char method_text[16];
  char path_text[112];  // without the query
  char request_id_text[128];

  std::string_view method_name() const { return {method_text, method_size}; }
  std::string_view path() const { return {path_text, path_size}; }
  std::string_view request_id() const { return {request_id_text, request_id_size}; }
};

// Why a request was refused; every one is answered and then closes the connection.
enum class RequestFault : uint8_t {
  none,
  request_line,       // not "METHOD SP target SP HTTP/1.x"
  version,            // HTTP of another major version
  field,              // no name, white space in it, a folded line, a control character, a CR without LF
  host,               // HTTP/1.1 without Host, or with several
  length,             // Content-Length: not digits, several values, or beside Transfer-Encoding
  transfer_encoding,  // anything but a single "chunked" on HTTP/1.1
  head_too_large,
  body_too_large,
  chunk,              // chunk framing
  no_memory,
};
// The HTTP status that answers it, and a sentence.
int status_of(RequestFault fault);
std::string_view describe(RequestFault fault);

class RequestHeadParser {
 public:
  enum class Status : uint8_t { more, done, bad };
  struct Step {
    Status status;
    size_t consumed = 0;  // when done: the head's bytes, its empty line included
    RequestFault fault = RequestFault::none;
  };

  // `bytes`: everything since the request's first byte, again each time more have come. Empty lines before the request
  // line are skipped. The end is searched in new bytes only.
  Step parse(std::span<const char> bytes, RequestHead& head);

 private:
  size_t searched_ = 0;
};

}  // namespace ringload::mock
