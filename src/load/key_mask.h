// Servers like to repeat the key that they refuse: what they said is masked before anybody can read it.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "ringload/profile.h"

namespace ringload::load {

class KeyMask {
 public:
  static constexpr size_t kShortest = 8;  // of a key; shorter ones are everyday words

  // Knows the secret header values of the scenario, without their scheme ("Bearer "), and the keys that stand in its
  // target's query string and in its extra_body.
  explicit KeyMask(const Scenario& scenario);

  // Overwrites every key in `text` with asterisks, and the beginning of one where the text's end has cut it.
  void apply(std::span<char> text) const;

 private:
  std::vector<std::string> keys_;
};

}  // namespace ringload::load
