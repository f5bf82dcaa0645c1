// An error as the provider would answer it; each API renders it in its own shape.
#pragma once
#include <string>

namespace ringload::mock {

struct ApiError {
  int status = 400;
  std::string type = "invalid_request_error";
  std::string message;
  std::string param;  // empty: null
  std::string code;   // empty: null
};

inline ApiError injected_error(int status) {
  return {status, status < 500 ? "invalid_request_error" : "server_error", "An injected fault.", "", "mock_fault"};
}

}  // namespace ringload::mock
