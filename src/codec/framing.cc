#include "codec/framing.h"

#include "codec/char_class.h"

namespace ringload::codec {
namespace {

// Takes the first element of a comma-separated list off `list`, trimmed; false when it was the last.
bool take_element(std::string_view& list, std::string_view& element) {
  const size_t comma = list.find(',');
  element = trim_blanks(list.substr(0, comma));
  if (comma == std::string_view::npos) return false;
  list.remove_prefix(comma + 1);
  return true;
}

// What the fields say, before it is weighed.
struct Claims {
  bool close = false;
  bool keep_alive = false;
  bool has_length = false;
  uint64_t length = 0;
  unsigned encodings = 0;       // Transfer-Encoding fields
  bool encoding_known = true;   // each is one "chunked"

  void read_connection(std::string_view value) {
    for (bool more = true; more;) {
      std::string_view option;
      more = take_element(value, option);
      close |= iequals(option, "close");
      keep_alive |= iequals(option, "keep-alive");
    }
  }

  // False when it is not one number below 2^63, or differs from an earlier one.
  bool read_length(std::string_view value) {
    for (bool more = true; more;) {
      std::string_view digits;
      more = take_element(value, digits);
      if (digits.empty()) return false;
      uint64_t number = 0;
      for (const char c : digits) {
        if (!is_digit(c)) return false;
        const auto digit = static_cast<uint64_t>(c - '0');
        if (number > (INT64_MAX - digit) / 10) return false;
        number = number * 10 + digit;
      }
      if (has_length && number != length) return false;
      has_length = true;
      length = number;
    }
    return true;
  }
};

}  // namespace

Refusal decide_framing(ResponseHead& head, bool http_1_1, bool head_request) {
  Claims claims;
  for (const Field& field : head.fields) {
    switch (field.name.size()) {
      case sizeof "connection" - 1:
        if (iequals(field.name, "connection")) claims.read_connection(field.value);
        break;
      case sizeof "content-length" - 1:
        if (iequals(field.name, "content-length") && !claims.read_length(field.value)) return Refusal::content_length;
        break;
      case sizeof "transfer-encoding" - 1:
        if (iequals(field.name, "transfer-encoding")) {
          ++claims.encodings;
          claims.encoding_known &= iequals(field.value, "chunked");
        }
        break;
      default: break;
    }
  }

  const bool bodiless = head_request || head.interim() || head.status == 204 || head.status == 304;
  head.keep_alive = !claims.close && (http_1_1 || claims.keep_alive);
  head.content_length = 0;
  // Two framings at once are how messages are smuggled: this one is read, but nothing behind it is trusted.
  if (claims.encodings != 0 && claims.has_length) head.keep_alive = false;
  if (bodiless) {
    head.framing = Framing::none;
  } else if (claims.encodings != 0) {
    if (!http_1_1 || claims.encodings != 1 || !claims.encoding_known) return Refusal::transfer_encoding;
    head.framing = Framing::chunked;
  } else if (claims.has_length) {
    head.framing = Framing::length;
    head.content_length = claims.length;
  } else {
    head.framing = Framing::until_close;
    head.keep_alive = false;
  }
  return Refusal::none;
}

}  // namespace ringload::codec
