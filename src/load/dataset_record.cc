#include "load/dataset_record.h"

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace ringload::load {
namespace {

constexpr int kMostDepth = 64;
constexpr std::string_view kBetween = "\\n\\n";  // of neighbours that are one message

// A place in JSON text. Every step says whether it could be taken, and never goes beyond the end.
struct Walk {
  const char* at;
  const char* end;

  void space() {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) ++at;
  }
  bool take(char c) {
    space();
    if (at >= end || *at != c) return false;
    ++at;
    return true;
  }
  // The inside of a string, escapes and all.
  bool string(std::string_view& inside) {
    if (!take('"')) return false;
    const char* begin = at;
    for (; at < end && *at != '"'; ++at) {
      if (static_cast<unsigned char>(*at) < 0x20) return false;
      if (*at == '\\' && !escape()) return false;
    }
    if (at >= end) return false;
    inside = {begin, static_cast<size_t>(at - begin)};
    ++at;
    return true;
  }
  // Leaves `at` on the escape's last byte.
  bool escape() {
    if (++at >= end) return false;
    if (*at != 'u') return std::string_view("\"\\/bfnrt").find(*at) != std::string_view::npos;
    for (int i = 0; i < 4; ++i) {
      if (++at >= end) return false;
      const char c = static_cast<char>(*at | 0x20);
      if (!(*at >= '0' && *at <= '9') && !(c >= 'a' && c <= 'f')) return false;
    }
    return true;
  }
  bool word() {
    const char* begin = at;
    while (at < end && ((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') || *at == '-' || *at == '+' ||
                        *at == '.' || *at == 'E'))
      ++at;
    const std::string_view text(begin, static_cast<size_t>(at - begin));
    if (text.empty()) return false;
    return text == "true" || text == "false" || text == "null" || *begin == '-' || (*begin >= '0' && *begin <= '9');
  }
  bool value(int depth = 0) {
    space();
    if (at >= end || depth > kMostDepth) return false;
    std::string_view ignored;
    if (*at == '"') return string(ignored);
    if (*at != '{' && *at != '[') return word();
    const bool object = *at == '{';
    const char close = object ? '}' : ']';
    ++at;
    if (take(close)) return true;
    do {
      if (object && !(string(ignored) && take(':'))) return false;
      if (!value(depth + 1)) return false;
    } while (take(','));
    return take(close);
  }
  // Of an object: calls read(key) where each value begins; it takes the value.
  template <class Read>
  bool members(Read read) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view key;
      if (!string(key) || !take(':') || !read(key)) return false;
    } while (take(','));
    return take('}');
  }
};

bool one_of(std::string_view text, std::span<const std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

constexpr std::array<std::string_view, 2> kUserNames{"user", "human"};
constexpr std::array<std::string_view, 6> kAssistantNames{"assistant", "gpt", "model", "chatgpt", "bing", "bard"};

// Calls visit(text) for each text of a content that is not empty; visit says whether to go on.
template <class Visit>
void each_text(std::string_view content, Visit visit) {
  Walk walk{content.data(), content.data() + content.size()};
  std::string_view inside;
  walk.space();
  if (walk.at < walk.end && *walk.at == '"') {
    if (walk.string(inside) && !inside.empty()) visit(inside);
    return;
  }
  if (!walk.take('[')) return;
  do {
    std::string_view text;
    const bool object = walk.members([&](std::string_view key) {
      walk.space();
      const bool is_text = key == "text" && walk.at < walk.end && *walk.at == '"';
      return is_text ? walk.string(text) : walk.value();
    });
    if (!object || (!text.empty() && !visit(text))) return;
  } while (walk.take(','));
}

bool has_text(std::string_view content) {
  bool found = false;
  each_text(content, [&](std::string_view) { return !(found = true); });
  return found;
}

}  // namespace

bool is_json_line(std::string_view line) {
  Walk walk{line.data(), line.data() + line.size()};
  if (!walk.value()) return false;
  walk.space();
  return walk.at == walk.end && simdjson::validate_utf8(line.data(), line.size());
}

DatasetRecord::DatasetRecord(std::string_view line) : end_(line.data() + line.size()) {
  Walk walk{line.data(), end_};
  if (!walk.take('{')) return;
  do {
    std::string_view key;
    if (!walk.string(key) || !walk.take(':')) return;
    walk.space();
    if (key == "prompt" && walk.at < end_ && *walk.at == '"') {
      const char* begin = walk.at;
      if (!walk.value()) return;
      content_ = {begin, static_cast<size_t>(walk.at - begin)};
      present_ = has_text(content_);
      return;
    }
    if ((key == "messages" || key == "conversations") && walk.take('[')) {
      at_ = walk.at;
      advance();
      while (next_is(Who::assistant)) advance();  // nobody had asked
      return;
    }
    if (!walk.value()) return;
  } while (walk.take(','));
}

void DatasetRecord::advance() {
  present_ = false;
  Walk walk{at_, end_};
  while (at_ != nullptr) {
    std::string_view role, content;
    const bool object = walk.members([&](std::string_view key) {
      walk.space();
      const char* begin = walk.at;
      if (!walk.value()) return false;
      const std::string_view raw(begin, static_cast<size_t>(walk.at - begin));
      if (key == "role" || key == "from") role = raw;
      if (key == "content" || key == "value") content = raw;
      return true;
    });
    if (!object) return;
    at_ = walk.take(',') ? walk.at : nullptr;
    if (role.size() >= 2 && role.front() == '"') role = role.substr(1, role.size() - 2);
    const bool user = one_of(role, kUserNames);
    if ((!user && !one_of(role, kAssistantNames)) || !has_text(content)) continue;
    who_ = user ? Who::user : Who::assistant;
    content_ = content;
    present_ = true;
    return;
  }
}

size_t DatasetRecord::take(std::span<std::string_view> out) {
  size_t count = 0;
  const auto put = [&](std::string_view text) {
    if (count == out.size()) return false;
    out[count++] = text;
    return true;
  };
  const Who who = who_;
  for (bool first = true; next_is(who); first = false) {
    if (!first) put(kBetween);
    each_text(content_, put);
    advance();
  }
  return count;
}

}  // namespace ringload::load
