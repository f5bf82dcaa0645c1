// Collects everything that is wrong with a profile, each with its place, so that all of it is reported at once.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "load/json_value.h"
#include "ringload/profile_load.h"

namespace ringload::load {

class Complaints {
 public:
  Complaints(const JsonDocument& document, std::string file);

  // "…: found <what stands there>, allowed: <allowed>".
  void wrong(const JsonValue& at, std::string_view allowed);
  // "…: <message>".
  void say(const JsonValue& at, std::string message);
  // About a key of `object` itself.
  void key(const JsonValue& object, const JsonMember& member, std::string message);
  void flag(std::string_view flag, std::string message);
  // A flag that no scenario takes up.
  void useless(std::string_view flag, std::string_view what);

  bool empty() const { return errors_.empty(); }
  // In the order of the file, flags last.
  std::vector<ProfileError> take();

 private:
  void add(size_t offset, std::string path, std::string message);

  const JsonDocument& document_;
  std::string file_;
  std::vector<ProfileError> errors_;
};

}  // namespace ringload::load
