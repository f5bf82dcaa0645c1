#include "load/key_mask.h"

#include <algorithm>
#include <string_view>

namespace ringload::load {

KeyMask::KeyMask(const Scenario& scenario) {
  for (const Header& header : scenario.headers) {
    if (header.shown == header.value) continue;
    std::string_view key = header.value;
    if (const size_t blank = key.rfind(' '); blank != std::string_view::npos) key.remove_prefix(blank + 1);
    if (key.size() >= kShortest) keys_.emplace_back(key);
  }
}

void KeyMask::apply(std::span<char> text) const {
  const std::string_view whole(text.data(), text.size());
  for (const std::string& key : keys_) {
    for (size_t at = 0; (at = whole.find(key, at)) != std::string_view::npos; at += key.size())
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), key.size(), '*');
    for (size_t part = std::min(key.size() - 1, text.size()); part >= kShortest; --part) {
      if (!whole.ends_with(std::string_view(key).substr(0, part))) continue;
      std::fill_n(text.end() - static_cast<std::ptrdiff_t>(part), part, '*');
      break;
    }
  }
}

}  // namespace ringload::load
