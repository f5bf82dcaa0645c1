#include "ringload/outcome.h"

namespace ringload {

std::string_view error_class_name(ErrorClass error) {
  switch (error) {
    case ErrorClass::ok: return "ok";
    case ErrorClass::gen_fd_exhaustion: return "gen_fd_exhaustion";
    case ErrorClass::gen_port_exhaustion: return "gen_port_exhaustion";
    case ErrorClass::gen_overload: return "gen_overload";
    case ErrorClass::dns: return "dns";
    case ErrorClass::conn_refused: return "conn_refused";
    case ErrorClass::conn_timeout: return "conn_timeout";
    case ErrorClass::conn_unreachable: return "conn_unreachable";
    case ErrorClass::tls: return "tls";
    case ErrorClass::timeout: return "timeout";
    case ErrorClass::eof: return "eof";
    case ErrorClass::conn_reset: return "conn_reset";
    case ErrorClass::http_protocol: return "http_protocol";
    case ErrorClass::http_4xx: return "http_4xx";
    case ErrorClass::rate_limited: return "rate_limited";
    case ErrorClass::http_5xx: return "http_5xx";
    case ErrorClass::overloaded: return "overloaded";
    case ErrorClass::http_other: return "http_other";
    case ErrorClass::empty_completion: return "empty_completion";
    case ErrorClass::stream_error: return "stream_error";
    case ErrorClass::stream_incomplete: return "stream_incomplete";
    case ErrorClass::bad_body: return "bad_body";
    case ErrorClass::cancelled: return "cancelled";
    case ErrorClass::budget: return "budget";
  }
  return "?";
}

}  // namespace ringload
