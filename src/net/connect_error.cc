#include "net/connect_error.h"

#include <cerrno>

namespace ringload::net {

ErrorClass classify_connect_error(int error) {
  switch (error) {
    case ECONNREFUSED: return ErrorClass::conn_refused;
    case ETIMEDOUT: return ErrorClass::conn_timeout;
    case ECONNRESET:
    case EPIPE: return ErrorClass::conn_reset;
    case EADDRNOTAVAIL:
    case EADDRINUSE: return ErrorClass::gen_port_exhaustion;
    case EMFILE:
    case ENFILE: return ErrorClass::gen_fd_exhaustion;
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN: return ErrorClass::gen_overload;
    default: return ErrorClass::conn_unreachable;  // EHOSTUNREACH, ENETUNREACH, EACCES, EINVAL, …
  }
}

}  // namespace ringload::net
