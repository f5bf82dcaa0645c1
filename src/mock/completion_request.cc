#include "mock/completion_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstring>

#include "mock/request_shape.h"
#include "mock/token_count.h"

namespace ringload::mock {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

constexpr size_t kPlannedDocument = 1 << 20;  // parser memory taken at start; larger bodies make it grow

ApiError invalid(std::string message, std::string param, std::string code) {
  return {400, "invalid_request_error", std::move(message), std::move(param), std::move(code)};
}

std::string_view name_of(dom::element value) {
  switch (value.type()) {
    case dom::element_type::ARRAY: return "an array";
    case dom::element_type::OBJECT: return "an object";
    case dom::element_type::INT64:
    case dom::element_type::UINT64: return "an integer";
    case dom::element_type::DOUBLE: return "a decimal";
    case dom::element_type::STRING: return "a string";
    case dom::element_type::BOOL: return "a boolean";
    case dom::element_type::NULL_VALUE: return "null";
  }
  return "something else";
}

ApiError wrong_type(std::string_view param, std::string_view expected, dom::element found) {
  return invalid(fmt::format("Invalid type for '{}': expected {}, but got {} instead.", param, expected,
                             name_of(found)),
                 std::string(param), "invalid_type");
}

ApiError missing(std::string_view param) {
  return invalid(fmt::format("Missing required parameter: '{}'.", param), std::string(param),
                 "missing_required_parameter");
}

// Whether the key is there with a value other than null.
bool find(dom::object object, std::string_view key, dom::element& value) {
  return object.at_key(key).get(value) == simdjson::SUCCESS && !value.is_null();
}

std::optional<ApiError> read_bool(dom::object object, std::string_view key, bool& out) {
  dom::element value;
  if (!find(object, key, value)) return std::nullopt;
  if (value.get(out) != simdjson::SUCCESS) return wrong_type(key, "a boolean", value);
  return std::nullopt;
}

std::optional<ApiError> read_count(dom::object object, std::string_view key, int64_t& out) {
  dom::element value;
  if (!find(object, key, value)) return std::nullopt;
  int64_t count = 0;
  if (value.get(count) != simdjson::SUCCESS) return wrong_type(key, "an integer", value);
  if (count < 1) {
    return invalid(fmt::format("Invalid '{}': integer below minimum value. Expected a value >= 1, but got {} instead.",
                               key, count),
                   std::string(key), "integer_below_min_value");
  }
  out = count;
  return std::nullopt;
}

// A parameter that the mock makes no use of, but whose wrong values a provider refuses.
struct Bounded {
  std::string_view key;
  double low, high;
};
constexpr Bounded kOpenAiBounds[] = {{"temperature", 0, 2}, {"top_p", 0, 1}, {"presence_penalty", -2, 2},
                                     {"frequency_penalty", -2, 2}};
constexpr Bounded kAnthropicBounds[] = {{"temperature", 0, 1}, {"top_p", 0, 1}};

std::optional<ApiError> check_bounds(dom::object object, std::span<const Bounded> parameters) {
  for (const auto& [key, low, high] : parameters) {
    dom::element value;
    if (!find(object, key, value)) continue;
    double number = 0;
    if (!value.is_number() || value.get(number) != simdjson::SUCCESS) return wrong_type(key, "a decimal", value);
    if (number >= low && number <= high) continue;
    const bool below = number < low;
    return invalid(fmt::format("Invalid '{}': decimal {} value. Expected a value {} {}, but got {} instead.", key,
                               below ? "below minimum" : "above maximum", below ? ">=" : "<=", below ? low : high,
                               number),
                   std::string(key), below ? "decimal_below_min_value" : "decimal_above_max_value");
  }
  return std::nullopt;
}

// Copies the model's name as it must stand in JSON.
std::optional<ApiError> read_model(dom::object object, CompletionRequest& out) {
  dom::element value;
  if (!find(object, "model", value)) return invalid("you must provide a model parameter", "", "");
  std::string_view model;
  if (value.get(model) != simdjson::SUCCESS) return wrong_type("model", "a string", value);
  if (model.empty()) return invalid("you must provide a model parameter", "", "");
  size_t size = 0;
  for (const char c : model) {
    const auto byte = static_cast<unsigned char>(c);
    char escaped[8];
    size_t length = 1;
    if (c == '"' || c == '\\') {
      escaped[0] = '\\';
      escaped[1] = c;
      length = 2;
    } else if (byte < 0x20) {
      std::snprintf(escaped, sizeof escaped, "\\u%04x", unsigned{byte});
      length = 6;
    } else {
      escaped[0] = c;
    }
    if (size + length > sizeof out.model_text) {
      return invalid(fmt::format("Invalid 'model': string too long. Expected at most {} bytes.", kMaxModelBytes),
                     "model", "string_above_max_length");
    }
    std::memcpy(out.model_text + size, escaped, length);
    size += length;
  }
  out.model_size = static_cast<uint8_t>(size);
  return std::nullopt;
}

std::optional<ApiError> read_stream(dom::object object, CompletionRequest& out) {
  if (auto error = read_bool(object, "stream", out.stream)) return error;
  dom::element options;
  if (!find(object, "stream_options", options)) return std::nullopt;
  dom::object fields;
  if (options.get(fields) != simdjson::SUCCESS) return wrong_type("stream_options", "an object", options);
  if (!out.stream) {
    return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", "");
  }
  return read_bool(fields, "include_usage", out.include_usage);
}

// Where in the body something is, put into words only for an error: "messages[3].content[1].text".
struct Place {
  static constexpr size_t kNone = SIZE_MAX;
  std::string_view list;
  size_t index = kNone;
  std::string_view member = {};
  size_t part = kNone;
  std::string_view part_member = {};

  std::string text() const {
    std::string out(list);
    if (index != kNone) out += fmt::format("[{}]", index);
    out += member;
    if (part != kNone) out += fmt::format("[{}]", part);
    return out += part_member;
  }
  Place of(std::string_view name) const {
    Place place = *this;
    (part == kNone ? place.member : place.part_member) = name;
    return place;
  }
  Place at(size_t number) const {
    Place place = *this;
    place.part = number;
    return place;
  }
};

// Adds the tokens of a content: a string, or an array of parts of which those with text count.
std::optional<ApiError> count_content(dom::element content, const Place& place, uint64_t& tokens) {
  std::string_view text;
  if (content.get(text) == simdjson::SUCCESS) {
    tokens += count_tokens(text);
    return std::nullopt;
  }
  dom::array parts;
  if (content.get(parts) != simdjson::SUCCESS) {
    return wrong_type(place.text(), "one of a string or array of objects", content);
  }
  size_t index = 0;
  for (dom::element part : parts) {
    const Place part_place = place.at(index++);
    dom::object fields;
    if (part.get(fields) != simdjson::SUCCESS) return wrong_type(part_place.text(), "an object", part);
    dom::element type;
    if (!find(fields, "type", type)) return missing(part_place.of(".type").text());
    dom::element value;
    if (find(fields, "text", value)) {
      if (value.get(text) != simdjson::SUCCESS) {
        return wrong_type(part_place.of(".text").text(), "a string", value);
      }
      tokens += count_tokens(text);
    } else if (find(fields, "content", value) && value.get(text) == simdjson::SUCCESS) {  // a tool's result
      tokens += count_tokens(text);
    }
  }
  return std::nullopt;
}

struct Conversation {
  bool single = true;       // no reply of an assistant in it
  bool text_last = false;   // the last message's content is a string
  uint64_t last_tokens = 0;
};

bool known_role(Api api, std::string_view role) {
  if (role == "user" || role == "assistant") return true;
  return api == Api::chat && (role == "system" || role == "developer" || role == "tool" || role == "function");
}

std::optional<ApiError> read_messages(Api api, dom::object object, uint64_t& tokens, Conversation& seen) {
  dom::element value;
  if (!find(object, "messages", value)) return missing("messages");
  dom::array messages;
  if (value.get(messages) != simdjson::SUCCESS) return wrong_type("messages", "an array of objects", value);
  size_t index = 0;
  for (dom::element message : messages) {
    const Place place{"messages", index++};
    dom::object fields;
    if (message.get(fields) != simdjson::SUCCESS) return wrong_type(place.text(), "an object", message);
    dom::element role_value;
    std::string_view role;
    if (!find(fields, "role", role_value)) return missing(place.of(".role").text());
    if (role_value.get(role) != simdjson::SUCCESS) {
      return wrong_type(place.of(".role").text(), "a string", role_value);
    }
    if (!known_role(api, role)) {
      return invalid(fmt::format("Invalid value: '{}'. Supported values are: {}.", role,
                                 api == Api::chat
                                     ? "'system', 'developer', 'user', 'assistant', 'tool', and 'function'"
                                     : "'user' and 'assistant'"),
                     place.of(".role").text(), "invalid_value");
    }
    seen.single = seen.single && role != "assistant";
    const uint64_t before = tokens;
    dom::element content;
    if (find(fields, "content", content)) {
      if (auto error = count_content(content, place.of(".content"), tokens)) return error;
      seen.text_last = content.is_string();
    } else if (role != "assistant") {
      return missing(place.of(".content").text());
    }
    seen.last_tokens = tokens - before;
  }
  if (index == 0) {
    return invalid(
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        "messages", "empty_array");
  }
  return std::nullopt;
}

// A prompt or input: a string, an array of strings, an array of token numbers, or an array of such arrays.
std::optional<ApiError> read_inputs(dom::object object, std::string_view key, CompletionRequest& out,
                                    uint64_t& tokens) {
  dom::element value;
  if (!find(object, key, value)) return missing(key);
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    tokens += count_tokens(text);
    return std::nullopt;
  }
  dom::array items;
  if (value.get(items) != simdjson::SUCCESS) return wrong_type(key, "a string or an array", value);
  uint32_t prompts = 0;
  bool numbers = false;
  size_t index = 0;
  for (dom::element item : items) {
    dom::array token_numbers;
    if (item.get(text) == simdjson::SUCCESS) {
      tokens += count_tokens(text);
      ++prompts;
    } else if (item.get(token_numbers) == simdjson::SUCCESS) {
      tokens += token_numbers.size();
      ++prompts;
    } else if (item.is_int64()) {
      ++tokens;
      numbers = true;
    } else {
      return wrong_type(fmt::format("{}[{}]", key, index), "a string or an integer", item);
    }
    ++index;
  }
  if (index == 0) {
    return invalid(fmt::format("Invalid '{}': empty array. Expected an array with minimum length 1, but got an empty "
                               "array instead.", key),
                   std::string(key), "empty_array");
  }
  out.inputs = prompts + (numbers ? 1 : 0);
  if (out.inputs > kMostInputs) {
    return invalid(fmt::format("Invalid '{}': array too long. Expected an array with maximum length {}, but got an "
                               "array with length {} instead.", key, kMostInputs, out.inputs),
                   std::string(key), "array_above_max_length");
  }
  return std::nullopt;
}

// `n` choices for each prompt. `many` is what to blame for more of them than can be streamed.
std::optional<ApiError> read_choices(dom::object object, std::string_view many, CompletionRequest& out) {
  int64_t choices = 1;
  if (auto error = read_count(object, "n", choices)) return error;
  if (choices > kMostChoices) {
    return invalid(fmt::format("Invalid 'n': integer above maximum value. Expected a value <= {}, but got {} instead.",
                               kMostChoices, choices),
                   "n", "integer_above_max_value");
  }
  out.inputs *= static_cast<uint32_t>(choices);
  if (out.stream && out.inputs > kMostStreamedInputs) {
    return invalid(fmt::format("Invalid '{}': this mock streams at most {} choices, but got {}.", many,
                               kMostStreamedInputs, out.inputs),
                   std::string(many), "array_above_max_length");
  }
  return std::nullopt;
}

std::optional<ApiError> read_chat(dom::object object, CompletionRequest& out, uint64_t& tokens, Conversation& seen) {
  if (auto error = read_model(object, out)) return error;
  if (auto error = read_messages(Api::chat, object, tokens, seen)) return error;
  if (auto error = read_count(object, "max_tokens", out.max_tokens)) return error;
  if (auto error = read_count(object, "max_completion_tokens", out.max_tokens)) return error;
  if (auto error = check_bounds(object, kOpenAiBounds)) return error;
  if (auto error = read_stream(object, out)) return error;
  return read_choices(object, "n", out);
}

std::optional<ApiError> read_anthropic(dom::object object, CompletionRequest& out, uint64_t& tokens,
                                       Conversation& seen) {
  if (auto error = read_model(object, out)) return error;
  if (auto error = read_count(object, "max_tokens", out.max_tokens)) return error;
  if (out.max_tokens == 0) return missing("max_tokens");
  dom::element system;
  if (find(object, "system", system)) {
    if (auto error = count_content(system, {"system"}, tokens)) return error;
  }
  if (auto error = read_messages(Api::messages, object, tokens, seen)) return error;
  if (auto error = check_bounds(object, kAnthropicBounds)) return error;
  return read_bool(object, "stream", out.stream);
}

std::optional<ApiError> read_completion(dom::object object, CompletionRequest& out, uint64_t& tokens) {
  if (auto error = read_model(object, out)) return error;
  if (auto error = read_inputs(object, "prompt", out, tokens)) return error;
  if (auto error = read_count(object, "max_tokens", out.max_tokens)) return error;
  if (auto error = check_bounds(object, kOpenAiBounds)) return error;
  if (auto error = read_stream(object, out)) return error;
  return read_choices(object, "prompt", out);
}

std::optional<ApiError> read_embeddings(dom::object object, CompletionRequest& out, uint64_t& tokens) {
  if (auto error = read_model(object, out)) return error;
  if (auto error = read_inputs(object, "input", out, tokens)) return error;
  int64_t dimensions = 0;
  if (auto error = read_count(object, "dimensions", dimensions)) return error;
  if (dimensions > kMostDimensions) {
    return invalid(fmt::format("Invalid 'dimensions': integer above maximum value. Expected a value <= {}, but got {} "
                               "instead.", kMostDimensions, dimensions),
                   "dimensions", "integer_above_max_value");
  }
  out.dimensions = static_cast<uint32_t>(dimensions);
  dom::element value;
  if (find(object, "encoding_format", value)) {
    std::string_view format;
    if (value.get(format) != simdjson::SUCCESS) return wrong_type("encoding_format", "a string", value);
    if (format != "float" && format != "base64") {
      return invalid(fmt::format("Invalid value: '{}'. Supported values are: 'float' and 'base64'.", format),
                     "encoding_format", "invalid_value");
    }
    out.base64 = format == "base64";
  }
  return std::nullopt;
}

// The inside of the JSON string that is the last message's content, as it stands in `body`. The body is known to be
// valid and to have one.
std::optional<std::string_view> last_content(ondemand::parser& parser, std::string_view body) {
  ondemand::document document;
  ondemand::array messages;
  if (parser.iterate(body, body.size() + simdjson::SIMDJSON_PADDING).get(document) != simdjson::SUCCESS ||
      document["messages"].get_array().get(messages) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  const char* begin = nullptr;
  for (auto message : messages) {
    ondemand::raw_json_string content;
    begin = message["content"].get_raw_json_string().get(content) == simdjson::SUCCESS ? content.raw() : nullptr;
  }
  if (begin == nullptr) return std::nullopt;
  const char* end = begin;
  while (*end != '"') end += *end == '\\' ? 2 : 1;
  return std::string_view(begin, static_cast<size_t>(end - begin));
}

}  // namespace

struct RequestBodies::Parser {
  dom::parser document;
  ondemand::parser raw;
  RequestShapes shapes;
};

RequestBodies::RequestBodies() : parser_(std::make_unique<Parser>()) {
  if (parser_->document.allocate(kPlannedDocument) != simdjson::SUCCESS) throw std::bad_alloc();
}
RequestBodies::~RequestBodies() = default;

std::optional<ApiError> RequestBodies::parse(Api api, std::span<const char> bytes, CompletionRequest& out) {
  const std::string_view body(bytes.data(), bytes.size());
  if (parser_->shapes.match(api, body, out)) {
    ++shape_hits_;
    return std::nullopt;
  }
  out.model_size = 0;
  out.stream = out.include_usage = out.base64 = false;
  out.prompt_tokens = out.dimensions = 0;
  out.inputs = 1;
  out.max_tokens = 0;

  dom::element root;
  if (parser_->document.parse(body.data(), body.size(), false).get(root) != simdjson::SUCCESS) {
    return invalid("We could not parse the JSON body of your request: it is not valid JSON.", "", "");
  }
  dom::object object;
  if (root.get(object) != simdjson::SUCCESS) {
    return invalid(fmt::format("The body of your request must be a JSON object, but it is {}.", name_of(root)), "", "");
  }
  uint64_t tokens = 0;
  Conversation seen;
  std::optional<ApiError> error;
  switch (api) {
    case Api::chat: error = read_chat(object, out, tokens, seen); break;
    case Api::messages: error = read_anthropic(object, out, tokens, seen); break;
    case Api::completions: error = read_completion(object, out, tokens); break;
    case Api::embeddings: error = read_embeddings(object, out, tokens); break;
  }
  if (error) return error;
  out.prompt_tokens = static_cast<uint32_t>(tokens);
  if (seen.text_last && seen.single) {
    if (const auto text = last_content(parser_->raw, body)) {
      parser_->shapes.learn(api, body, *text, static_cast<uint32_t>(seen.last_tokens), out);
    }
  }
  return std::nullopt;
}

}  // namespace ringload::mock
