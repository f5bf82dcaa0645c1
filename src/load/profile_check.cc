#include "load/profile_check.h"

#include <algorithm>
#include <vector>

namespace ringload::load {
namespace {

using Kind = TypeSpec::Kind;

// Insertions, deletions, replacements and swaps of neighbours.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = row;
    std::swap(row, next);
  }
  return row[b.size()];
}

bool kind_fits(const JsonValue& value, const TypeSpec& type) {
  switch (type.kind) {
    case Kind::null: return value.is(JsonValue::Kind::null);
    case Kind::boolean: return value.is(JsonValue::Kind::boolean);
    case Kind::integer:
    case Kind::number: return value.is(JsonValue::Kind::number);
    case Kind::string:
    case Kind::duration: return value.is(JsonValue::Kind::string);
    case Kind::array: return value.is(JsonValue::Kind::array);
    case Kind::object:
    case Kind::map:
    case Kind::json_object: return value.is(JsonValue::Kind::object);
  }
  return false;
}

void check_value(const JsonValue& value, std::span<const TypeSpec> types, Complaints& complaints);

void check_typed(const JsonValue& value, const TypeSpec& type, std::span<const TypeSpec> types, Complaints& complaints) {
  switch (type.kind) {
    case Kind::integer:
    case Kind::number: {
      const bool low = type.above_min ? value.number > type.min : value.number >= type.min;
      // 100.0 is a whole number too.
      const bool whole = type.kind == Kind::number || value.is_integer ||
                         (value.number == static_cast<double>(static_cast<int64_t>(value.number)));
      if (!low || !(value.number <= type.max) || !whole) complaints.wrong(value, allowed_text(types));
      return;
    }
    case Kind::string:
      if (!type.choices.empty() && std::find(type.choices.begin(), type.choices.end(), value.text) == type.choices.end()) {
        std::string allowed = allowed_text(types);
        const std::string_view meant = nearest(value.text, type.choices);
        if (!meant.empty()) allowed += " (did you mean \"" + std::string(meant) + "\"?)";
        complaints.wrong(value, allowed);
      }
      return;
    case Kind::duration:
      if (const auto duration = parse_duration(value.text); !duration) {
        complaints.say(value, duration.error());
      } else if (type.above_min && *duration == 0) {
        complaints.wrong(value, "a duration > 0");
      }
      return;
    case Kind::array:
      if (value.items.size() < type.min_items || value.items.size() > type.max_items) {
        complaints.say(value, "found " + std::to_string(value.items.size()) + " items, allowed: " + allowed_text(types));
      }
      for (const JsonValue& item : value.items) check_value(item, type.element, complaints);
      return;
    case Kind::map:
      for (const JsonMember& member : value.members) {
        if (!is_comment(member.key)) check_value(member.value, type.element, complaints);
      }
      return;
    case Kind::object: check_object(value, *type.object, complaints); return;
    case Kind::null:
    case Kind::boolean:
    case Kind::json_object: return;
  }
}

void check_value(const JsonValue& value, std::span<const TypeSpec> types, Complaints& complaints) {
  for (const TypeSpec& type : types) {
    if (kind_fits(value, type)) return check_typed(value, type, types, complaints);
  }
  complaints.wrong(value, allowed_text(types));
}

}  // namespace

std::string_view nearest(std::string_view text, std::span<const std::string_view> candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(2, text.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(text, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

void check_object(const JsonValue& object, const ObjectSpec& spec, Complaints& complaints) {
  for (const JsonMember& member : object.members) {
    if (is_comment(member.key)) continue;
    const auto found = std::find_if(spec.keys.begin(), spec.keys.end(),
                                    [&](const KeySpec& key) { return key.key == member.key; });
    if (found != spec.keys.end()) {
      check_value(member.value, found->types, complaints);
      continue;
    }
    std::vector<std::string_view> keys;
    for (const KeySpec& key : spec.keys) keys.push_back(key.key);
    std::string message = "unknown key " + shown(member.key);
    const std::string_view meant = nearest(member.key, keys);
    message += meant.empty() ? "." : ", did you mean \"" + std::string(meant) + "\"?";
    message += " Allowed in " + std::string(spec.title) + ": ";
    for (size_t i = 0; i < keys.size(); ++i) message += (i == 0 ? "" : ", ") + std::string(keys[i]);
    complaints.key(object, member, std::move(message));
  }
  for (const KeySpec& key : spec.keys) {
    if (key.required && object.find(key.key) == nullptr) {
      complaints.say(object, "missing key \"" + std::string(key.key) + "\": " + allowed_text(key.types));
    }
  }
}

}  // namespace ringload::load
