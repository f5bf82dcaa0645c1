#include "load/json_value.h"

#include <simdjson.h>

#include <algorithm>
#include <set>

#include "load/secret_text.h"

namespace ringload::load {
namespace {

namespace od = simdjson::ondemand;

// simdjson's first pass reports broken UTF-8, control characters and open strings without a place. These find it.
size_t bad_utf8_offset(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    const size_t available = std::min(length, text.size() - i);
    if (!simdjson::validate_utf8(text.data() + i, available)) return i;
    i += available;
  }
  return text.size();
}

size_t bad_string_offset(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    const size_t opening = i;
    for (++i;; ++i) {
      if (i >= text.size()) return opening;
      if (static_cast<unsigned char>(text[i]) < 0x20) return i;
      if (text[i] == '"') break;
      if (text[i] == '\\') ++i;
    }
  }
  return text.size();
}

// Behind the first complete value: what should not be there, or the end of a text that breaks off.
size_t end_of_value(std::string_view text) {
  int depth = 0;
  bool begun = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (begun && depth == 0) return i;
    begun = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c != '"') continue;
    for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
  }
  return text.size();
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// "NUMBER_ERROR: Problem while parsing a number" → "problem while parsing a number".
std::string reason(simdjson::error_code code) {
  std::string text = simdjson::error_message(code);
  if (const size_t colon = text.find(": "); colon != std::string::npos) text.erase(0, colon + 2);
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') text[0] += 'a' - 'A';
  while (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

class Reader {
 public:
  Reader(const char* base, std::vector<JsonError>& errors) : base_(base), errors_(errors) {}

  // False on a syntax error, which `code` and the document's current location then describe.
  bool object(od::object object, JsonValue& out) {
    if (++depth_ > kMostDepth) return take(simdjson::DEPTH_ERROR);
    out.kind = JsonValue::Kind::object;
    std::set<std::string, std::less<>> seen;
    for (auto field : object) {
      od::raw_json_string raw_key;
      if (!take(field.key().get(raw_key))) return false;
      JsonMember member;
      member.key_offset = static_cast<size_t>(raw_key.raw() - base_) - 1;
      std::string_view key;
      if (!take(field.unescaped_key().get(key))) return false;
      member.key = key;
      od::value child;
      if (!take(field.value().get(child))) return false;
      if (!value(child, member.value)) return false;
      if (!seen.insert(member.key).second) {
        errors_.push_back({member.key_offset, "duplicate key " + shown(member.key)});
      }
      out.members.push_back(std::move(member));
    }
    --depth_;
    return true;
  }

  simdjson::error_code code() const { return code_; }
  // Of the value that could not be read, when it was a scalar; else kNowhere and the document's own location counts.
  static constexpr size_t kNowhere = SIZE_MAX;
  size_t fault() const { return fault_; }

 private:
  bool scalar(simdjson::error_code code, const JsonValue& at) {
    if (!take(code)) fault_ = at.offset;
    return code == simdjson::SUCCESS;
  }
  bool take(simdjson::error_code code) {
    code_ = code;
    return code == simdjson::SUCCESS;
  }

  bool value(od::value in, JsonValue& out) {
    const std::string_view token = in.raw_json_token();
    out.offset = static_cast<size_t>(token.data() - base_);
    od::json_type type;
    if (!take(in.type().get(type))) return false;
    switch (type) {
      case od::json_type::object: {
        od::object child;
        return take(in.get_object().get(child)) && object(child, out);
      }
      case od::json_type::array: {
        if (++depth_ > kMostDepth) return take(simdjson::DEPTH_ERROR);
        out.kind = JsonValue::Kind::array;
        od::array items;
        if (!take(in.get_array().get(items))) return false;
        for (auto item : items) {
          od::value child;
          if (!take(item.get(child))) return false;
          if (!value(child, out.items.emplace_back())) return false;
        }
        --depth_;
        return true;
      }
      case od::json_type::string: {
        out.kind = JsonValue::Kind::string;
        std::string_view text;
        if (!scalar(in.get_string().get(text), out)) return false;
        out.text = text;
        return true;
      }
      case od::json_type::number: {
        out.kind = JsonValue::Kind::number;
        out.text = trim_right(token);
        od::number number;
        if (in.get_number().get(number) == simdjson::SUCCESS) {
          out.number = number.as_double();
          out.is_integer = number.is_int64();
          if (out.is_integer) out.integer = number.get_int64();
          return true;
        }
        return scalar(in.get_double().get(out.number), out);  // an integer beyond 64 bits
      }
      case od::json_type::boolean:
        out.kind = JsonValue::Kind::boolean;
        return scalar(in.get_bool().get(out.boolean), out);
      case od::json_type::null: {
        out.kind = JsonValue::Kind::null;
        bool is_null = false;
        if (!scalar(in.is_null().get(is_null), out)) return false;
        return is_null || scalar(simdjson::N_ATOM_ERROR, out);
      }
    }
    code_ = simdjson::TAPE_ERROR;
    return false;
  }

  const char* base_;
  std::vector<JsonError>& errors_;
  static constexpr int kMostDepth = 200;  // each level is a call
  int depth_ = 0;
  simdjson::error_code code_ = simdjson::SUCCESS;
  size_t fault_ = kNowhere;
};

bool find_path(const JsonValue& at, const JsonValue& wanted, std::string& path) {
  if (&at == &wanted) return true;
  const size_t length = path.size();
  for (size_t i = 0; i < at.items.size(); ++i) {
    path += "[" + std::to_string(i) + "]";
    if (find_path(at.items[i], wanted, path)) return true;
    path.resize(length);
  }
  for (const JsonMember& member : at.members) {
    path += path_step(member.key);
    if (find_path(member.value, wanted, path)) return true;
    path.resize(length);
  }
  return false;
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

JsonDocument::JsonDocument(std::string_view text) : text_(text) {
  // A byte order mark is what editors on Windows leave; blanks keep all offsets.
  if (text_.starts_with("\xef\xbb\xbf")) text_.replace(0, 3, "   ");
  syntax_ok_ = read();
}

bool JsonDocument::fail(size_t offset, std::string message) {
  root_ = JsonValue{};
  errors_.assign(1, {offset, std::move(message)});
  return false;
}

bool JsonDocument::read() {
  const size_t start = text_.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return fail(0, "the file is empty, allowed: a JSON object");
  const simdjson::padded_string padded(text_);
  od::parser parser;
  od::document document;
  if (const auto code = parser.iterate(padded).get(document); code != simdjson::SUCCESS) {
    if (code == simdjson::UTF8_ERROR) return fail(bad_utf8_offset(text_), "invalid UTF-8");
    if (code == simdjson::UNESCAPED_CHARS || code == simdjson::UNCLOSED_STRING) {
      const size_t at = bad_string_offset(text_);
      const bool open = at >= text_.size() || text_[at] == '"';
      return fail(at, open ? "syntax error: this string is not closed"
                           : "syntax error: control character inside a string");
    }
    return fail(start, "syntax error: " + reason(code));
  }
  if (text_[start] != '{') return fail(start, "found no object, allowed: a JSON object");
  od::object object;
  Reader reader(padded.data(), errors_);
  simdjson::error_code code = document.get_object().get(object);
  if (code == simdjson::SUCCESS) {
    root_.offset = start;
    if (!reader.object(object, root_)) code = reader.code();
  }
  const char* location = nullptr;
  const bool at_end = document.current_location().get(location) != simdjson::SUCCESS;
  const size_t at = at_end ? text_.size() : std::min(static_cast<size_t>(location - padded.data()), text_.size());
  if (code == simdjson::INCOMPLETE_ARRAY_OR_OBJECT) {
    const size_t end = end_of_value(text_);
    return fail(end, end == text_.size() ? "syntax error: the file ends inside an object or array"
                                         : "syntax error: something follows the profile's object");
  }
  if (code != simdjson::SUCCESS) {
    return fail(reader.fault() != Reader::kNowhere ? reader.fault() : at, "syntax error: " + reason(code));
  }
  if (!at_end) return fail(at, "syntax error: something follows the profile's object");
  return true;
}

Position JsonDocument::position(size_t offset) const {
  Position position;
  offset = std::min(offset, text_.size());
  size_t line_start = 0;
  for (size_t i = text_.find('\n'); i < offset; i = text_.find('\n', i + 1)) {
    ++position.line;
    line_start = i + 1;
  }
  position.column = static_cast<uint32_t>(offset - line_start) + 1;
  return position;
}

std::string JsonDocument::path(const JsonValue& node) const {
  std::string path = "$";
  return find_path(root_, node, path) ? path : std::string();
}

std::string path_step(std::string_view key) {
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (looks_like_key(key)) return "[<redacted>]";
  return plain ? "." + std::string(key) : "[" + quote(redacted(key)) + "]";
}

std::string describe(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null: return "null";
    case JsonValue::Kind::boolean: return value.boolean ? "true (boolean)" : "false (boolean)";
    case JsonValue::Kind::number: return value.text + " (number)";
    case JsonValue::Kind::array: return value.items.empty() ? "[] (array)" : "[…] (array)";
    case JsonValue::Kind::object: return value.members.empty() ? "{} (object)" : "{…} (object)";
    case JsonValue::Kind::string: break;
  }
  return shown(value.text) + " (string)";
}

std::string shown(std::string_view text) {
  if (looks_like_key(text)) return "<redacted>";
  std::string out = redacted(text);
  constexpr size_t kMost = 60;
  if (out.size() <= kMost) return quote(out);
  size_t cut = kMost;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xc0) == 0x80) --cut;
  return quote(out.substr(0, cut) + "…");
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[c & 15];
        } else {
          out += c;
        }
    }
  }
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text);
  return out += '"';
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text); }

std::string to_json(const JsonValue& value) {
  std::string out;
  switch (value.kind) {
    case JsonValue::Kind::null: return "null";
    case JsonValue::Kind::boolean: return value.boolean ? "true" : "false";
    case JsonValue::Kind::number: return value.text;
    case JsonValue::Kind::string: return quote(value.text);
    case JsonValue::Kind::array:
      for (const JsonValue& item : value.items) out += (out.empty() ? "" : ",") + to_json(item);
      return "[" + out + "]";
    case JsonValue::Kind::object: break;
  }
  for (const JsonMember& member : value.members) {
    out += (out.empty() ? "" : ",") + quote(member.key) + ":" + to_json(member.value);
  }
  return "{" + out + "}";
}

}  // namespace ringload::load
