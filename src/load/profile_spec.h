// The one table of everything that a profile may hold: validation, the JSON Schema and docs/profiles.md read it.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace ringload::load {

struct ObjectSpec;

// One thing that a value may be.
struct TypeSpec {
  enum class Kind : uint8_t {
    null,
    boolean,
    integer,
    number,
    string,
    duration,     // string in Go's form
    object,       // `object` says which keys
    array,        // of `element`
    map,          // an object of any keys, values of `element`
    json_object,  // any object, passed on as it stands
  };
  Kind kind;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;                         // > min instead of ≥ min; of a duration: > 0
  std::span<const std::string_view> choices = {};  // of a string; empty: any
  const ObjectSpec* object = nullptr;
  std::span<const TypeSpec> element = {};
  size_t min_items = 0, max_items = SIZE_MAX;      // of an array
  std::string_view what = {};                      // a string's meaning, for complaints: "URL"
  std::string_view pattern = {};                   // of a string, or of a map's keys; for the schema alone
};

struct KeySpec {
  std::string_view key;
  std::span<const TypeSpec> types;   // any one of them
  std::string_view standard;         // the default as it would be written; empty: none
  std::string_view meaning;
  bool required = false;
};

// One of the shapes that an object may have, for the schema alone: validation says more than "none of these".
struct FormSpec {
  std::span<const std::string_view> required;
  std::span<const std::string_view> also = {};      // may stand beside the required ones; empty: any key
  std::string_view key = {};                        // when it is there, it has one of these values
  std::span<const std::string_view> values = {};
};

struct ObjectSpec {
  std::string_view title;
  std::span<const KeySpec> keys;
  std::span<const FormSpec> forms = {};             // any one of them; empty: any
};

// The profile itself.
const ObjectSpec& profile_spec();
// Of every wire format that a profile may name, those of later versions included.
std::span<const std::string_view> protocol_names();
// What a type allows, for complaints and docs: `number > 0`, `one of "bust", "natural"`.
std::string allowed_text(const TypeSpec& type);
std::string allowed_text(std::span<const TypeSpec> types);

}  // namespace ringload::load
