#include "load/key_mask.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "load/secret_text.h"

namespace ringload::load {

namespace {

// "%41" → "A": servers repeat a query string either way.
std::string decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

KeyMask::KeyMask(const Scenario& scenario) {
  const auto add = [&](std::string_view key) {
    if (key.size() >= kShortest && std::find(keys_.begin(), keys_.end(), key) == keys_.end()) keys_.emplace_back(key);
  };
  for (const Header& header : scenario.headers) {
    if (header.shown == header.value) continue;
    std::string_view key = header.value;
    if (const size_t blank = key.rfind(' '); blank != std::string_view::npos) key.remove_prefix(blank + 1);
    add(key);
  }
  for (const std::string_view text : {std::string_view(scenario.target.path), std::string_view(scenario.extra_body)}) {
    for (const SecretSpan& span : secrets_in(text)) {
      add(text.substr(span.at, span.size));
      add(decoded(text.substr(span.at, span.size)));
    }
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
