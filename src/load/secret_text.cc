#include "load/secret_text.h"

#include <algorithm>
#include <array>

namespace ringload::load {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_key_char(char c) { return is_digit(c) || is_letter(c) || c == '_' || c == '-'; }
bool is_word_char(char c) { return is_key_char(c) || c == '.'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// The prefixes of well-known keys, and what a JSON Web Token always begins with.
bool begins_like_key(std::string_view word) {
  if (word.starts_with("sk-") || word.starts_with("vk-")) return word.size() >= 8;
  return word.starts_with("eyJ") && word.size() >= 20;
}

// "basic" is a word of everyday prompts.
bool is_scheme(std::string_view word) { return word == "Bearer" || word == "bearer" || word == "Basic"; }

class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text) {}

  std::vector<SecretSpan> find() {
    while (at_ < text_.size()) {
      if (is_word_char(text_[at_])) word();
      else if (text_.substr(at_).starts_with("://")) user_information();
      else ++at_;
    }
    return std::move(found_);
  }

 private:
  size_t end_of(size_t from, std::string_view stops) const {
    return std::min(text_.find_first_of(stops, from), text_.size());
  }

  void hide(size_t from, size_t to) {
    const std::string_view value = text_.substr(from, to - from);
    if (!value.empty() && !value.starts_with("${") && value != kPlaceholder) found_.push_back({from, to - from});
    at_ = std::max(at_, to);
  }

  void word() {
    const size_t from = at_;
    while (at_ < text_.size() && is_word_char(text_[at_])) ++at_;
    const std::string_view word = text_.substr(from, at_ - from);
    if (begins_like_key(word)) return hide(from, at_);
    if (text_.substr(at_).starts_with(' ') && is_scheme(word)) return hide(at_ + 1, end_of(at_ + 1, " \t\r\n\"',;)"));
    if (text_.substr(at_).starts_with('=') && word[0] != '-') {  // not a flag: its value is looked at by itself
      const size_t end = end_of(at_ + 1, "&#;,\"'<> \t\r\n");
      const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
      if (is_secret_name(word) || looks_like_key(value)) hide(at_ + 1, end);
      return;
    }
    if (from > 0 && text_[from - 1] == '"' && is_secret_name(word)) member();
  }

  // Behind the name of a JSON member: `": "value"`.
  void member() {
    size_t at = at_;
    for (const char c : {'"', ':', '"'}) {
      while (at < text_.size() && text_[at] == ' ') ++at;
      if (at == text_.size() || text_[at++] != c) return;
    }
    size_t end = at;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    hide(at, std::min(end, text_.size()));
  }

  void user_information() {
    at_ += 3;
    const size_t end = end_of(at_, "/?#\"' \t\r\n");
    const size_t mark = text_.substr(0, end).rfind('@');
    if (mark != std::string_view::npos && mark >= at_) hide(at_, mark);
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::vector<SecretSpan> found_;
};

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string low = lowered(name);
  for (const std::string_view whole : {"sig", "code", "pwd", "pass"})
    if (low == whole) return true;
  if (const size_t token = low.find("token"); token != std::string::npos && !low.substr(token).starts_with("tokens"))
    return true;
  constexpr std::array<std::string_view, 7> kMarks = {"auth", "key", "secret", "password", "cookie", "credential",
                                                      "signature"};
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [&](std::string_view mark) { return low.find(mark) != std::string::npos; });
}

bool looks_like_key(std::string_view text) {
  while (text.starts_with('-')) text.remove_prefix(1);
  if (const size_t space = text.find(' '); space != std::string_view::npos && is_scheme(text.substr(0, space))) return true;
  if (begins_like_key(text) && std::all_of(text.begin(), text.end(), is_word_char)) return true;
  if (text.size() < 24) return false;
  const bool key_chars = std::all_of(text.begin(), text.end(),
                                     [](char c) { return is_key_char(c) || c == '+' || c == '='; });
  return key_chars && std::any_of(text.begin(), text.end(), is_digit) &&
         std::any_of(text.begin(), text.end(), is_letter);
}

std::vector<SecretSpan> secrets_in(std::string_view text) { return Finder(text).find(); }

std::string redacted(std::string_view text, std::string_view instead) {
  std::string out;
  size_t at = 0;
  for (const SecretSpan& span : secrets_in(text)) {
    out += text.substr(at, span.at - at);
    out += instead;
    at = span.at + span.size;
  }
  return out += text.substr(at);
}

}  // namespace ringload::load
