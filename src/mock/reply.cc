#include "mock/reply.h"

#include "base/prng.h"

namespace ringload::mock {

ReplyId ReplyId::of(uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  uint64_t mixed = mix64(number);  // one to one, so still unique
  ReplyId id;
  for (char& digit : id.digits) {
    digit = kDigits[mixed >> 60];
    mixed <<= 4;
  }
  return id;
}

}  // namespace ringload::mock
