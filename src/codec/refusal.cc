#include "codec/http1.h"

namespace ringload::codec {

const char* describe(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "accepted";
    case Refusal::status_line: return "the answer does not begin with an HTTP/1.0 or HTTP/1.1 status line";
    case Refusal::bare_cr: return "a CR that no LF follows in the head";
    case Refusal::header_name: return "a header line without a valid name and colon";
    case Refusal::header_value: return "a control byte in a header value";
    case Refusal::head_too_large: return "a head of more than 64 KiB";
    case Refusal::too_many_fields: return "a head of more than 256 fields";
    case Refusal::switching_protocols: return "status 101: the server wants another protocol";
    case Refusal::too_many_interim: return "more than 32 interim (1xx) responses";
    case Refusal::transfer_encoding: return "a Transfer-Encoding other than one \"chunked\" on HTTP/1.1";
    case Refusal::content_length: return "a Content-Length that is no number below 2^63, or several that differ";
    case Refusal::chunk_size: return "a chunk size line that is not hexadecimal digits ended by CRLF";
    case Refusal::chunk_extension: return "a chunk extension that is too long or has a control byte";
    case Refusal::chunk_end: return "chunk data that no CRLF follows";
    case Refusal::trailer: return "a malformed trailer, or one larger than a head may be";
  }
  return "unknown refusal";
}

}  // namespace ringload::codec
