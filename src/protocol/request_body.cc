#include "protocol/request_body.h"

#include <algorithm>

#include "protocol/json_escape.h"
#include "protocol/reply_parser.h"

namespace ringload::protocol {

void RequestBody::text(std::string_view key, std::string_view value) {
  const auto escaped = json_escape(value);
  if (!escaped) return fail(std::string(key) + ": the text is not valid UTF-8");
  json(key, '"' + *escaped + '"');
}

void RequestBody::hole(std::string_view key, std::string before, std::string behind) {
  hole_key_ = key;
  behind_hole_ = std::move(behind);
  json(key, std::move(before));
}

void RequestBody::model(const RequestSpec& spec) {
  if (!spec.model.empty()) text("model", spec.model);
}

void RequestBody::max_tokens(const RequestSpec& spec) {
  if (!spec.max_tokens) return;
  const auto key = json_escape(spec.max_tokens_field);
  if (!key || key->empty()) return fail("max_tokens_field: expected the name of a key, such as \"max_tokens\"");
  if (*key == hole_key_ || *key == "model" || *key == "stream") {
    return fail("max_tokens_field: \"" + *key + "\" is a key of the request itself");
  }
  integer(*key, *spec.max_tokens);
}

void RequestBody::extra(const RequestSpec& spec) {
  if (spec.extra_body.empty() || !error_.empty()) return;
  ReplyParser parser(spec.extra_body.size());
  JsonCursor in = parser.read(spec.extra_body);
  const bool is_object = in.is_object();
  std::vector<std::string_view> seen;
  in.object([&](std::string_view key) {
    if (std::ranges::find(seen, key) != seen.end()) fail("extra_body: two keys \"" + std::string(key) + "\"");
    seen.push_back(key);
    merge(key, in.value());
  });
  // A fault found on the way may be a consequence of bad JSON, which is the better thing to say.
  if (!in.complete()) {
    error_.clear();
    fail("extra_body: not valid JSON");
  } else if (!is_object) {
    fail("extra_body: expected a JSON object");
  }
}

void RequestBody::merge(std::string_view key, std::string_view value) {
  const std::string quoted = "extra_body: the key \"" + std::string(key) + '"';
  if (key.find('\\') != std::string_view::npos) return fail(quoted + " must be written without escapes");
  if (key == hole_key_) return fail(quoted + " is not allowed: it holds the conversation");
  if (key == "stream") return fail(quoted + " is not allowed: the scenario's own \"stream\" decides");
  const auto old = std::ranges::find(fields_, key, &Field::key);
  if (value == "null") {
    if (old != fields_.end()) fields_.erase(old);
  } else if (old != fields_.end()) {
    old->value = value;
  } else {
    fields_.push_back({std::string(key), std::string(value)});
  }
}

std::expected<BodyTemplate, std::string> RequestBody::render() const {
  if (!error_.empty()) return std::unexpected(error_);
  BodyTemplate body;
  std::string* out = &body.prefix;
  *out = "{";
  for (const Field& field : fields_) {
    if (&field != &fields_.front()) *out += ',';
    *out += '"' + field.key + "\":" + field.value;
    if (field.key == hole_key_) {
      out = &body.suffix;
      *out = behind_hole_;
    }
  }
  *out += '}';
  return body;
}

}  // namespace ringload::protocol
