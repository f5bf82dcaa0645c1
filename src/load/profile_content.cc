// Content of a scenario.
#include <algorithm>
#include <cmath>

#include "load/profile_parts.h"

namespace ringload {

int64_t SizeDistribution::max_tokens() const {
  switch (kind) {
    case Kind::fixed: return tokens;
    case Kind::normal: return max;
    case Kind::choices: break;
  }
  int64_t most = 0;
  for (const Choice& choice : choices) most = std::max(most, choice.tokens);
  return most;
}

double SizeDistribution::mean_tokens() const {
  switch (kind) {
    case Kind::fixed: return static_cast<double>(tokens);
    case Kind::normal: return std::clamp(mean, static_cast<double>(min), static_cast<double>(max));
    case Kind::choices: break;
  }
  double sum = 0, weights = 0;
  for (const Choice& choice : choices) {
    sum += static_cast<double>(choice.tokens) * choice.weight;
    weights += choice.weight;
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace ringload

namespace ringload::load {
namespace {

std::vector<std::string> texts_of(const JsonValue* object, std::string_view key) {
  std::vector<std::string> out;
  if (const JsonValue* array = member(object, key, JsonValue::Kind::array)) {
    for (const JsonValue& item : array->items) {
      if (item.is(JsonValue::Kind::string)) out.push_back(item.text);
    }
  }
  return out;
}

void read_choices(const JsonValue& array, SizeDistribution& size, Complaints& complaints) {
  size.kind = SizeDistribution::Kind::choices;
  double weights = 0;
  for (const JsonValue& item : array.items) {
    if (item.items.size() != 2) continue;
    const double tokens = item.items[0].number, weight = item.items[1].number;
    if (item.items[0].is(JsonValue::Kind::number) && (tokens < 1 || tokens != std::floor(tokens))) {
      complaints.wrong(item.items[0], "whole number ≥ 1 of tokens");
    }
    size.choices.push_back({static_cast<int64_t>(tokens), weight});
    weights += weight;
  }
  if (!size.choices.empty() && !(weights > 0)) complaints.say(array, "found weights that are all 0, allowed: one > 0");
}

SizeDistribution read_size(const JsonValue& value, Complaints& complaints) {
  SizeDistribution size;
  if (value.is(JsonValue::Kind::number)) {
    size.tokens = static_cast<int64_t>(std::clamp(value.number, 1.0, 1e9));
    return size;
  }
  if (!value.is(JsonValue::Kind::object)) return size;
  const JsonValue* choices = value.find("choices");
  const JsonValue* mean = value.find("mean");
  if ((choices != nullptr) == (mean != nullptr)) {
    complaints.say(value, "allowed: {\"mean\", \"stdev\", \"min\", \"max\"} or {\"choices\"}");
    return size;
  }
  if (choices != nullptr) {
    for (const std::string_view key : {"stdev", "min", "max"}) {
      if (const JsonValue* extra = value.find(key)) complaints.wrong(*extra, "only beside \"mean\"");
    }
    read_choices(*choices, size, complaints);
    return size;
  }
  size.kind = SizeDistribution::Kind::normal;
  size.mean = number_of(&value, "mean").value_or(256);
  size.stdev = number_of(&value, "stdev").value_or(0);
  size.min = integer_of(&value, "min").value_or(1);
  size.max = integer_of(&value, "max").value_or(std::llround(size.mean + 4 * size.stdev));
  if (value.find("max") == nullptr) size.max = std::max(size.max, size.min);
  if (size.max < size.min) complaints.wrong(*value.find("max"), "≥ \"min\"");
  return size;
}

}  // namespace

Content read_content(const JsonValue& object, Complaints& complaints) {
  Content content;
  content.prompts = texts_of(&object, "prompts");
  content.script = texts_of(&object, "script");
  content.repeat = integer_of(&object, "repeat").value_or(1);
  content.file = text_of(&object, "file").value_or("");
  content.replay_recorded = text_of(&object, "replay") == "recorded";
  if (const JsonValue* size = object.find("approx_input_tokens")) content.size = read_size(*size, complaints);

  const std::string mode = text_of(&object, "mode").value_or("");
  const auto need = [&](std::string_view key) {
    if (object.find(key) == nullptr) {
      complaints.say(object, "missing key \"" + std::string(key) + "\" of mode \"" + mode + "\"");
    }
  };
  if (mode == "scripted" || (mode.empty() && object.find("script") != nullptr)) {
    content.mode = ContentMode::scripted;
    need("script");
  } else if (mode == "sized" || (mode.empty() && object.find("approx_input_tokens") != nullptr)) {
    content.mode = ContentMode::sized;
  } else if (mode == "dataset" || (mode.empty() && object.find("file") != nullptr)) {
    content.mode = ContentMode::dataset;
    need("file");
  } else if (content.prompts.empty()) {
    content.prompts = builtin_prompts();
  }
  return content;
}

std::vector<std::string> builtin_prompts() {
  return {
      "Explain in two sentences why the sky is blue.",
      "Write a short, friendly reminder that the office closes at five on Friday.",
      "What is the difference between a process and a thread?",
      "Suggest three names for a small bakery beside a river.",
      "Summarise the plot of a story about a lighthouse keeper who finds a letter in a bottle.",
      "Translate into French: The train to the coast leaves in ten minutes.",
      "List five things to check before a long bicycle tour.",
      "How does a hash table deal with collisions?",
      "Give me a simple recipe for tomato soup for four people.",
      "Rewrite politely: Your report is late and it has mistakes.",
      "What should a good commit message contain?",
      "Describe the water cycle to a ten-year-old.",
      "Which questions should I ask before I rent a flat?",
      "Write a function that reverses the words of a sentence, and explain it.",
      "Compare tea and coffee in a small table.",
      "Why do leaves change their colour in autumn?",
  };
}

}  // namespace ringload::load
