// Scenarios: each key is the scenario's own, or the flag's, or that of `defaults`, or built in.
#include <algorithm>
#include <set>

#include "load/header_list.h"
#include "load/profile_check.h"
#include "load/profile_merge.h"
#include "load/profile_parts.h"
#include "protocol/registry.h"

namespace ringload::load {
namespace {

constexpr std::string_view kDefaultModel = "gpt-4o-mini";

// Laid over `base` key by key; both are JSON objects.
void lay_over(JsonValue& base, const JsonValue& top) {
  base.kind = JsonValue::Kind::object;
  for (const JsonMember& member : top.members) {
    const auto same = std::find_if(base.members.begin(), base.members.end(),
                                   [&](const JsonMember& each) { return each.key == member.key; });
    if (same != base.members.end()) {
      same->value = member.value;
    } else {
      base.members.push_back(member);
    }
  }
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

class ScenarioMerger {
 public:
  ScenarioMerger(const MergeInput& input, Profile& profile, Complaints& complaints)
      : in_(input), flags_(input.overrides), profile_(profile), complaints_(complaints),
        defaults_(member(&input.root, "defaults", JsonValue::Kind::object)) {
    read_flags();
    read_defaults();
  }

  void merge() {
    const JsonValue* list = member(&in_.root, "scenarios", JsonValue::Kind::array);
    if (list == nullptr || list->items.empty()) {
      add(nullptr);
    } else {
      for (const JsonValue& item : list->items) {
        if (item.is(JsonValue::Kind::object)) add(&item);
      }
    }
    complain_of_useless_flags();
  }

 private:
  // ---- once ----

  void read_flags() {
    if (flags_.target) {
      if (auto target = parse_target(*flags_.target)) flag_target_ = *target;
      else complaints_.flag("--target", target.error());
    }
    if (flags_.protocol) check_protocol_flag(*flags_.protocol);
    if (flags_.auth) {
      flag_auth_ = auth_of(*flags_.auth);
      if (!flag_auth_) {
        complaints_.flag("--auth", "found " + shown(*flags_.auth) + ", allowed: bearer, x-api-key, api-key, none");
      }
    }
    if (flags_.extra_body) {
      const JsonDocument document(*flags_.extra_body);
      for (const JsonError& error : document.errors()) {
        complaints_.flag("--extra-body", "column " + std::to_string(document.position(error.offset).column) + ": " +
                                             error.message);
      }
      if (document.errors().empty()) flag_extra_ = document.root();
    }
    if (flags_.prompt && flags_.input_tokens) {
      complaints_.flag("--prompt", "found beside --input-tokens, allowed: one of them");
    }
    // What stands in a file has been checked with the file.
    const auto check_utf8 = [&](std::string_view flag, const std::optional<std::string>& text) {
      if (text && !is_utf8(*text)) complaints_.flag(flag, "found bytes that are not UTF-8, allowed: UTF-8");
    };
    check_utf8("--model", flags_.model);
    check_utf8("--prompt", flags_.prompt);
    check_utf8("--vk", flags_.vk);
    const auto in_range = [&](std::string_view flag, std::optional<int64_t> value) {
      if (value && (*value < 1 || *value > 2'000'000)) {
        complaints_.flag(flag, "found " + std::to_string(*value) + ", allowed: whole number from 1 to 2000000");
      }
    };
    in_range("--input-tokens", flags_.input_tokens);
    in_range("--max-tokens", flags_.max_tokens);
    for (const std::string& text : flags_.headers) {
      if (auto header = parse_header(text, in_.environment)) flag_headers_.push_back(std::move(*header));
      else complaints_.flag("--header", header.error());
    }
  }

  void check_protocol_flag(std::string_view name) {
    const auto names = protocol_names();
    if (std::ranges::find(names, name) != names.end()) return;
    std::string list;
    for (const std::string_view each : names) list += (list.empty() ? "" : ", ") + std::string(each);
    const std::string_view meant = nearest(name, names);
    complaints_.flag("--protocol", "found " + shown(name) + ", allowed: " + list +
                                       (meant.empty() ? "" : " (did you mean " + std::string(meant) + "?)"));
  }

  void read_defaults() {
    if (const JsonValue* value = member(defaults_, "target", JsonValue::Kind::string)) default_target_ = target_at(*value);
    default_headers_ = headers_at(defaults_);
    const JsonValue* slo = member(&in_.root, "slo", JsonValue::Kind::object);
    if (slo != nullptr) default_slo_ = read_slo(*slo, {});
    if (const JsonValue* value = in_.root.find("think_time")) default_think_ = read_random_duration(*value, complaints_);
    if (const JsonValue* value = in_.root.find("pause")) default_pause_ = read_random_duration(*value, complaints_);
  }

  // ---- checks of single values ----

  std::optional<Target> target_at(const JsonValue& value) {
    auto target = parse_target(value.text);
    if (target) return *target;
    complaints_.say(value, target.error());
    return std::nullopt;
  }

  std::vector<Header> headers_at(const JsonValue* object) {
    std::vector<Header> headers;
    const JsonValue* map = member(object, "headers", JsonValue::Kind::object);
    if (map == nullptr) return headers;
    for (const JsonMember& each : map->members) {
      if (is_comment(each.key) || !each.value.is(JsonValue::Kind::string)) continue;
      if (auto header = make_header(each.key, each.value.text, in_.environment, in_.folder)) {
        if (find_header(headers, header->name) != nullptr) {
          complaints_.key(*map, each, "duplicate header: names do not differ in case alone");
        }
        set_header(headers, std::move(*header));
      } else {
        complaints_.say(each.value, header.error());
      }
    }
    return headers;
  }

  // ---- one scenario ----

  // Own value, else flag, else that of defaults, else built-in; remembers where it came from.
  template <class T, class Get>
  T choose(std::string_view key, const JsonValue* own, const std::optional<T>& flag, std::string_view flag_name, Get get,
           T builtin) {
    const std::string path = origin_path(key);
    std::optional<T> value;
    std::string_view origin = "built-in";
    if (own != nullptr && own->find(key) != nullptr) {
      value = get(own, key);
      origin = "scenario";
    } else if (flag) {
      value = flag;
      origin = flag_name;
      used_.insert(std::string(flag_name));
    } else if (defaults_ != nullptr && defaults_->find(key) != nullptr) {
      value = get(defaults_, key);
      origin = "defaults";
    }
    profile_.origins[path] = origin;
    return value ? *value : builtin;
  }

  std::string origin_path(std::string_view key) const {
    return "scenarios[" + std::to_string(profile_.scenarios.size()) + "]." + std::string(key);
  }

  // Of a key that no flag sets: the scenario's own, or what `elsewhere` has of it.
  void note_origin(std::string_view key, const JsonValue* own, const JsonValue* elsewhere, std::string_view name) {
    const bool there = elsewhere != nullptr && elsewhere->find(key) != nullptr;
    profile_.origins[origin_path(key)] = own != nullptr && own->find(key) != nullptr ? "scenario"
                                         : there                                     ? name
                                                                                     : "built-in";
  }

  void add(const JsonValue* own) {
    Scenario scenario;
    for (const char* key : {"weight", "turns"}) note_origin(key, own, nullptr, "");
    for (const char* key : {"think_time", "pause", "slo"}) note_origin(key, own, &in_.root, "profile");
    const auto no_text = std::optional<std::string>();
    scenario.name = unique_name(own);
    scenario.weight = number_of(own, "weight").value_or(1);
    read_turns(own, scenario);
    scenario.protocol = choose<std::string>("protocol", own, flags_.protocol, "--protocol", text_of, "openai-chat");
    scenario.model = choose<std::string>("model", own, flags_.model, "--model", text_of, std::string(kDefaultModel));
    scenario.system = choose<std::string>("system", own, no_text, "", text_of, "");
    scenario.max_tokens_field = choose<std::string>("max_tokens_field", own, no_text, "", text_of, "max_tokens");
    scenario.stream = choose<bool>("stream", own, flags_.stream, "--stream", boolean_of, in_.flags_alone);
    using MaxTokens = std::optional<int64_t>;
    const std::optional<MaxTokens> flag_max = flags_.max_tokens ? std::optional<MaxTokens>(flags_.max_tokens) : std::nullopt;
    const auto max_tokens_of = [](const JsonValue* object, std::string_view key) -> std::optional<MaxTokens> {
      return std::optional<MaxTokens>(std::in_place, integer_of(object, key));  // null reads as "left out"
    };
    scenario.max_tokens = choose<MaxTokens>("max_tokens", own, flag_max, "--max-tokens", max_tokens_of,
                                            MaxTokens(in_.flags_alone ? 128 : 64));
    const auto auth_at = [](const JsonValue* object, std::string_view key) -> std::optional<Auth> {
      return auth_of(text_of(object, key).value_or(""));
    };
    scenario.auth = choose<Auth>("auth", own, flag_auth_, "--auth", auth_at, Auth::bearer);
    read_extra_body(own, scenario);
    read_target(own, scenario);
    read_headers(own, scenario);
    read_content_of(own, scenario);
    if (own != nullptr && own->find("turns") != nullptr) scenario.content.most_turns = scenario.turns.max;
    scenario.slo = default_slo_;
    if (const JsonValue* slo = member(own, "slo", JsonValue::Kind::object)) scenario.slo = read_slo(*slo, default_slo_);
    scenario.think_time = default_think_;
    scenario.pause = default_pause_;
    if (own != nullptr) {
      if (const JsonValue* value = own->find("think_time")) scenario.think_time = read_random_duration(*value, complaints_);
      if (const JsonValue* value = own->find("pause")) scenario.pause = read_random_duration(*value, complaints_);
    }
    profile_.scenarios.push_back(std::move(scenario));
  }

  std::string unique_name(const JsonValue* own) {
    const JsonValue* given = member(own, "name", JsonValue::Kind::string);
    std::string name = given != nullptr ? given->text : "";
    if (given != nullptr && (name == "ALL" || name == "total" || name == "aggregate")) {
      complaints_.wrong(*given, "another name: reports use this one");
    }
    const bool printable = std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (!printable || name.size() > 100) complaints_.wrong(*given, "at most 100 bytes without control characters");
    if (name.empty()) name = own == nullptr ? "default" : "scenario-" + std::to_string(profile_.scenarios.size() + 1);
    std::string unique = name;
    for (int n = 2; !names_.insert(unique).second; ++n) unique = name + "-" + std::to_string(n);
    if (unique != name) profile_.notes.push_back("two scenarios are named \"" + name + "\": one is shown as \"" + unique + "\"");
    return unique;
  }

  void read_turns(const JsonValue* own, Scenario& scenario) {
    const JsonValue* value = own == nullptr ? nullptr : own->find("turns");
    if (value == nullptr) return;
    if (value->is(JsonValue::Kind::number)) {
      scenario.turns.min = scenario.turns.max = integer_of(own, "turns").value_or(1);
    } else if (value->is(JsonValue::Kind::object)) {
      scenario.turns.min = integer_of(value, "min").value_or(1);
      scenario.turns.max = integer_of(value, "max").value_or(scenario.turns.min);
      if (scenario.turns.max < scenario.turns.min) complaints_.wrong(*value->find("max"), "≥ \"min\"");
    }
  }

  void read_extra_body(const JsonValue* own, Scenario& scenario) {
    JsonValue merged;
    const auto lay = [&](const JsonValue* object) {
      if (const JsonValue* value = member(object, "extra_body", JsonValue::Kind::object)) lay_over(merged, *value);
    };
    lay(defaults_);
    if (flag_extra_) {
      lay_over(merged, *flag_extra_);
      used_.insert("--extra-body");
    }
    lay(own);
    if (!merged.members.empty()) scenario.extra_body = to_json(merged);
  }

  void read_target(const JsonValue* own_object, Scenario& scenario) {
    std::optional<Target> own;
    const JsonValue* value = member(own_object, "target", JsonValue::Kind::string);
    if (value != nullptr) own = target_at(*value);
    std::optional<Target> target = own ? own : default_target_;
    std::string origin = own ? "scenario" : default_target_ ? "defaults" : "missing";
    if (flag_target_) {
      const bool free = !own || own == default_target_;
      if (free) {
        target = flag_target_;
      } else if (flag_target_->is_base) {
        target->https = flag_target_->https;
        target->host = flag_target_->host;
        target->port = flag_target_->port;
      }
      if (free || flag_target_->is_base) {
        used_.insert("--target");
        origin = "--target";
      }
    }
    profile_.origins[origin_path("target")] = origin;
    if (!target) return;
    const Adapter* adapter = protocol::find_adapter(scenario.protocol);
    scenario.target = adapter == nullptr ? *target : with_protocol_path(*target, adapter->path);
  }

  void read_headers(const JsonValue* own, Scenario& scenario) {
    const auto set = [&](Header header, const char* origin) {
      profile_.origins[origin_path("headers." + lowered(header.name))] = origin;
      set_header(scenario.headers, std::move(header));
    };
    for (const Header& header : default_headers_) set(header, "defaults");
    for (Header& header : headers_at(own)) set(std::move(header), "scenario");
    if (flags_.vk && scenario.auth != Auth::none) {
      const bool bearer = scenario.auth == Auth::bearer;
      const std::string_view name = bearer ? "Authorization" : auth_name(scenario.auth);
      // Not make_header: `${` in a key is no expansion.
      const bool clean = std::none_of(flags_.vk->begin(), flags_.vk->end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
      if (!clean || flags_.vk->empty()) {
        complaints_.flag("--vk", flags_.vk->empty() ? "found an empty key, allowed: a key"
                                                    : "found a control character in the key, allowed: none");
      }
      const std::string scheme = bearer ? "Bearer " : "";
      set({std::string(name), scheme + *flags_.vk,
           flags_.vk_source.empty() ? "<redacted>" : scheme + flags_.vk_source}, "--vk");
      used_.insert("--vk");
    }
    for (const Header& header : flag_headers_) set(header, "--header");
  }

  void read_content_of(const JsonValue* own, Scenario& scenario) {
    const JsonValue* value = member(own, "content", JsonValue::Kind::object);
    const std::string path = origin_path("content");
    if (value != nullptr) {
      scenario.content = read_content(*value, complaints_);
      profile_.origins[path] = "scenario";
      // A sized scenario that leaves the size open takes the flag's.
      if (scenario.content.mode == ContentMode::sized && value->find("approx_input_tokens") == nullptr &&
          flags_.input_tokens) {
        scenario.content.size.tokens = *flags_.input_tokens;
        used_.insert("--input-tokens");
      }
      return;
    }
    profile_.origins[path] = "built-in";
    if (flags_.prompt) {
      scenario.content.prompts = {*flags_.prompt};
      used_.insert("--prompt");
      profile_.origins[path] = "--prompt";
    } else if (flags_.input_tokens || in_.flags_alone) {
      scenario.content.mode = ContentMode::sized;
      scenario.content.size.tokens = flags_.input_tokens.value_or(128);
      if (flags_.input_tokens) profile_.origins[path] = "--input-tokens";
      used_.insert("--input-tokens");
    } else {
      scenario.content.prompts = builtin_prompts();
    }
  }

  void complain_of_useless_flags() {
    const auto check = [&](bool given, const char* flag, std::string_view what) {
      if (given && !used_.contains(flag)) complaints_.useless(flag, what);
    };
    check(flag_target_.has_value(), "--target", "target");
    check(flags_.model.has_value(), "--model", "model");
    check(flags_.protocol.has_value(), "--protocol", "protocol");
    check(flags_.stream.has_value(), "--stream", "stream");
    check(flags_.max_tokens.has_value(), "--max-tokens", "max_tokens");
    check(flag_auth_.has_value(), "--auth", "auth");
    check(flags_.prompt.has_value(), "--prompt", "content");
    check(flags_.input_tokens.has_value() && !flags_.prompt, "--input-tokens", "content");
    if (flags_.vk && !used_.contains("--vk")) complaints_.flag("--vk", "changes nothing: auth is none in every scenario");
  }

  const MergeInput& in_;
  const Overrides& flags_;
  Profile& profile_;
  Complaints& complaints_;
  const JsonValue* defaults_;
  std::optional<Target> flag_target_, default_target_;
  std::optional<Auth> flag_auth_;
  std::optional<JsonValue> flag_extra_;
  std::vector<Header> flag_headers_, default_headers_;
  Slo default_slo_;
  RandomDuration default_think_, default_pause_;
  std::set<std::string> used_;   // flags that some scenario took up
  std::set<std::string> names_;
};

}  // namespace

void merge_scenarios(const MergeInput& input, Profile& profile, Complaints& complaints) {
  ScenarioMerger(input, profile, complaints).merge();
}

}  // namespace ringload::load
