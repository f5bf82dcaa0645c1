// HTTP/1.1 response heads (RFC 9112), as docs/wire-policy.md accepts them. No I/O, no allocation; the same result
// however the bytes are split.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringload::codec {

// Why a response was refused. describe() gives the sentence for reports.
enum class Refusal : uint8_t {
  none,
  status_line,          // not "HTTP/1.x SP 3DIGIT [SP reason]"
  bare_cr,              // a CR that no LF follows
  header_name,          // empty, no colon, white space before the colon, not a token
  header_value,         // NUL or a control byte
  head_too_large,       // more than kMaxHeadBytes
  too_many_fields,      // more than kMaxFields
  switching_protocols,  // 101
  too_many_interim,     // more than kMaxInterim 1xx responses
  transfer_encoding,    // anything but one "chunked" on HTTP/1.1
  content_length,       // not digits, >= 2^63, or different values
  chunk_size,           // no hex digit, more than 16 of them, other bytes, or not ended by CRLF
  chunk_extension,      // too long, or a control byte in it
  chunk_end,            // data not followed by CRLF
  trailer,              // as a header would be refused
};
const char* describe(Refusal refusal);

inline constexpr size_t kMaxHeadBytes = 64 * 1024;
inline constexpr size_t kMaxFields = 256;
inline constexpr unsigned kMaxInterim = 32;

struct Field {
  std::string_view name;   // as sent; compare with iequals
  std::string_view value;  // trimmed; folded lines joined by a space
};

bool iequals(std::string_view a, std::string_view b);  // ASCII

enum class Framing : uint8_t { none, length, chunked, until_close };

struct ResponseHead {
  int status = 0;
  bool keep_alive = false;   // the connection may carry another response when this one has ended
  Framing framing = Framing::none;
  uint64_t content_length = 0;  // when framing is length
  size_t bytes = 0;             // of the head, its final empty line included
  std::span<const Field> fields;  // views into the bytes that were parsed

  // A response before the one that counts: 1xx.
  bool interim() const { return status / 100 == 1; }
  // The first field of that name, or nullptr.
  const Field* find(std::string_view name) const;
};

// Where the fields of one head are put; one per shard serves every connection, because a head is used at once.
using HeadFields = std::array<Field, kMaxFields>;

// One response's head. Give it all bytes since the status line's first, contiguous, each time more have arrived; it
// goes on where it stopped, and refuses a bad line as soon as that is complete (a bad status line at its first wrong
// byte). What the fields say of the body is judged when the head is complete. The bytes may have moved in memory and
// may be changed (folded lines are joined in place, each by one space). Its own state is a few words, so every
// connection can have one. Nothing beyond `bytes` is read.
class HeadParser {
 public:
  enum class Status : uint8_t { more, done, refused };

  // `head_request`: the response has no body whatever it says.
  void reset(bool head_request = false) {
    *this = HeadParser{};
    head_request_ = head_request;
  }
  // When done, `head` is set and its fields are views into `bytes`, kept in `fields`. Interim responses (1xx but 101)
  // are reported like any other: the caller skips head.bytes and calls skip_interim().
  Status parse(std::span<char> bytes, HeadFields& fields, ResponseHead& head);
  // Makes ready for the head behind an interim response; false, and refused, when there were too many of them.
  bool skip_interim();

  Refusal refusal() const { return refusal_; }

 private:
  Status refuse(Refusal refusal);
  bool read_code(const char* begin, const char* end);
  void stop_inside_line(const char* begin, const char* stop, const char* end);

  uint32_t line_ = 0;     // start of the first line not yet judged; 0: the status line
  uint32_t scanned_ = 0;  // bytes already searched for its end; 0: nothing has been seen
  uint16_t field_count_ = 0;
  uint8_t interim_ = 0;   // responses skipped
  bool head_request_ = false;
  Refusal refusal_ = Refusal::none;
};

}  // namespace ringload::codec
