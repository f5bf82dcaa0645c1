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

}  // namespace ringload::mock
