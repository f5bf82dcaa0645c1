// JSON Schema and Markdown reference of profiles, from the validator's table.
#include <fmt/format.h>

#include <vector>

#include "load/json_writer.h"
#include "load/profile_spec.h"
#include "ringload/profile_load.h"

namespace ringload {
namespace {

using load::JsonWriter;
using load::FormSpec;
using load::KeySpec;
using load::ObjectSpec;
using load::TypeSpec;
using Kind = TypeSpec::Kind;

void write_object(JsonWriter& json, const ObjectSpec& spec);
void write_types(JsonWriter& json, std::span<const TypeSpec> types);
void write_texts(JsonWriter& json, std::string_view key, std::span<const std::string_view> texts);

void write_bounds(JsonWriter& json, const TypeSpec& type) {
  if (type.min > -std::numeric_limits<double>::infinity()) {
    json.number(type.above_min ? "exclusiveMinimum" : "minimum", type.min);
  }
  if (type.max < std::numeric_limits<double>::infinity()) json.number("maximum", type.max);
}

// The members of one type's schema; the caller opens and closes the object.
void write_type(JsonWriter& json, const TypeSpec& type) {
  switch (type.kind) {
    case Kind::null: return json.text("type", "null");
    case Kind::boolean: return json.text("type", "boolean");
    case Kind::integer:
      json.text("type", "integer");
      return write_bounds(json, type);
    case Kind::number:
      json.text("type", "number");
      return write_bounds(json, type);
    case Kind::string:
      json.text("type", "string");
      if (!type.pattern.empty()) json.text("pattern", type.pattern);
      if (!type.choices.empty()) write_texts(json, "enum", type.choices);
      return;
    case Kind::duration:
      json.text("type", "string");
      return json.text("pattern", std::string(type.above_min ? "^(?=.*[1-9])" : "^") +
                                      "\\+?(0|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$");
    case Kind::array:
      json.text("type", "array");
      json.open("items", '{');
      write_types(json, type.element);
      json.close('}');
      if (type.min_items > 0) json.whole("minItems", static_cast<int64_t>(type.min_items));
      if (type.max_items != SIZE_MAX) json.whole("maxItems", static_cast<int64_t>(type.max_items));
      return;
    case Kind::map:
      json.text("type", "object");
      if (!type.pattern.empty()) {
        json.open("propertyNames", '{');
        json.text("pattern", fmt::format("^_|{}", type.pattern));
        json.close('}');
      }
      json.open("patternProperties", '{');
      json.open("^_", '{');
      json.close('}');
      json.close('}');
      json.open("additionalProperties", '{');
      write_types(json, type.element);
      return json.close('}');
    case Kind::json_object: return json.text("type", "object");
    case Kind::object: return write_object(json, *type.object);
  }
}

void write_types(JsonWriter& json, std::span<const TypeSpec> types) {
  if (types.size() == 1) return write_type(json, types[0]);
  json.open("anyOf", '[');
  for (const TypeSpec& type : types) {
    json.open('{');
    write_type(json, type);
    json.close('}');
  }
  json.close(']');
}

void write_texts(JsonWriter& json, std::string_view key, std::span<const std::string_view> texts) {
  json.open(key, '[');
  for (const std::string_view text : texts) json.text(text);
  json.close(']');
}

void write_form(JsonWriter& json, const FormSpec& form) {
  json.open('{');
  if (!form.required.empty()) write_texts(json, "required", form.required);
  if (!form.also.empty()) {
    std::string names = "^(_.*";
    for (const auto& list : {form.required, form.also})
      for (const std::string_view name : list) names += "|" + std::string(name);
    json.open("propertyNames", '{');
    json.text("pattern", names + ")$");
    json.close('}');
  }
  if (!form.key.empty()) {
    json.open("properties", '{');
    json.open(form.key, '{');
    write_texts(json, "enum", form.values);
    json.close('}');
    json.close('}');
  }
  json.close('}');
}

void write_object(JsonWriter& json, const ObjectSpec& spec) {
  json.text("type", "object");
  if (!spec.forms.empty()) {
    json.open("anyOf", '[');
    for (const FormSpec& form : spec.forms) write_form(json, form);
    json.close(']');
  }
  json.open("properties", '{');
  for (const KeySpec& key : spec.keys) {
    json.open(key.key, '{');
    std::string description(key.meaning);
    if (!key.standard.empty()) description += fmt::format(" (default: {})", key.standard);
    json.text("description", description);
    write_types(json, key.types);
    json.close('}');
  }
  json.close('}');
  json.open("patternProperties", '{');
  json.open("^_", '{');
  json.text("description", "comment");
  json.close('}');
  json.close('}');
  std::vector<std::string_view> required;
  for (const KeySpec& key : spec.keys)
    if (key.required) required.push_back(key.key);
  if (!required.empty()) write_texts(json, "required", required);
  json.boolean("additionalProperties", false);
}

// ---- Markdown ----

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

void write_table(std::string& out, std::string_view path, const ObjectSpec& spec);

void write_nested(std::string& out, const std::string& path, std::span<const TypeSpec> types) {
  for (const TypeSpec& type : types) {
    if (type.kind == Kind::object) write_table(out, path, *type.object);
    if (type.kind == Kind::array) write_nested(out, path + "[]", type.element);
    if (type.kind == Kind::map) write_nested(out, path + ".<name>", type.element);
  }
}

void write_table(std::string& out, std::string_view path, const ObjectSpec& spec) {
  out += fmt::format("\n## {}\n\n| key | allowed | default | meaning |\n| --- | --- | --- | --- |\n",
                     path.empty() ? "The profile" : "`" + std::string(path) + "`");
  for (const KeySpec& key : spec.keys) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.key, cell(load::allowed_text(key.types)),
                       key.required ? "required" : cell(key.standard), cell(key.meaning));
  }
  for (const KeySpec& key : spec.keys) {
    const std::string below = path.empty() ? std::string(key.key) : fmt::format("{}.{}", path, key.key);
    // The two forms of a random duration and of bounds are described where they first stand.
    const bool repeated = path == "scenarios[]" && (key.key == "think_time" || key.key == "pause" || key.key == "slo");
    if (!repeated && below != "pause") write_nested(out, below, key.types);
  }
}

}  // namespace

std::string profile_schema() {
  JsonWriter json;
  json.open('{');
  json.text("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.text("title", "ringload profile");
  write_object(json, load::profile_spec());
  json.close('}');
  return json.take();
}

std::string profile_reference() {
  std::string out =
      "# Profiles\n\n"
      "<!-- Generated from the table that validates profiles (src/load/profile_spec.cc): change it there. -->\n\n"
      "A profile is a JSON file: what is sent, when, and what the answers must meet. Keys that begin with `_` are\n"
      "comments, anywhere. Anything unknown, of the wrong type or out of range is an error that names file, line and JSON\n"
      "path; all errors of a file are reported at once. `ringload check --print-profile` shows the effective profile,\n"
      "`ringload check --schema` this page as a JSON Schema.\n\n"
      "Durations are written as in Go: `1h30m`, `1.5s`, `250ms`. Random durations (`think_time`, `pause`) are a duration,\n"
      "`{\"min\", \"max\"}` (uniform), `{\"mean\", \"distribution\"}` or `{\"p50\", \"p99\"}` (lognormal).\n\n"
      "Which value wins: a scenario's own, then the flag, then its `RINGLOAD_` variable, then `defaults`, then what is\n"
      "built in. Relative files are looked up from the profile's folder.\n\n"
      "A target without a path, or one that ends in `/v1`, is a base: the protocol's own path is appended. Any other path,\n"
      "and every query string, is sent as given.\n";
  write_table(out, "", load::profile_spec());
  out +=
      "\n## Thresholds\n\n"
      "`[scenario:|stageN:]metric[_stat](<=|>=|<|>)number[ms|s|us|%]`, as in `ttft_p95<=500ms`, `rag:ttft_p99<=2s`,\n"
      "`stage2:error_rate<=0`. Times without a unit are ms, ratios without one fractions; without a statistic it is p95.\n"
      "Metrics: `latency` (also `e2e`, or a bare `p95`), `service`, `ttfb`, `ttft`, `ttfot`, `itl`, `tpot`, `error_rate`,\n"
      "`goodput`, `rps`, `output_tokens_per_s`, `stream_tokens_per_s`. In an object (`{\"ttft_p95_ms\": 500}`) a key means at\n"
      "most, but at least for `rps`, `goodput` and tokens per second; 0 switches it off; `ttft_*` reads TTFB where no\n"
      "scenario streams.\n\n"
      "## How prompts use the UUID\n\n"
      "Each conversation has a UUID of 32 decimal digits, always 11 tokens in o200k and cl100k. With `bust` it stands, with a\n"
      "space, before the first user message. With `shared-prefix` the first half of a sized prompt's words is common to the\n"
      "scenario and the UUID follows it; in other modes it follows the first message's text. With `natural`, or with\n"
      "`correlation.uuid_in_prompt` false, prompts do not hold it.\n";
  return out;
}

}  // namespace ringload
