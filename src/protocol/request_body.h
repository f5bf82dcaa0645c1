// The fixed part of a scenario's request bodies, built field by field at set-up: a JSON object with one hole, where the
// conversation goes.
#pragma once
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "ringload/adapter.h"

namespace ringload::protocol {

class RequestBody {
 public:
  // Fields stand in the order of these calls. Text is raw; one that is not UTF-8 is an error that names the key.
  void text(std::string_view key, std::string_view value);
  void integer(std::string_view key, int64_t value) { json(key, std::to_string(value)); }
  void json(std::string_view key, std::string value) { fields_.push_back({std::string(key), std::move(value)}); }
  // The field with the hole: `before` and `behind` are JSON around it.
  void hole(std::string_view key, std::string before, std::string behind);

  // What every format has alike: model, and the limit under the key that the spec names.
  void model(const RequestSpec& spec);
  void max_tokens(const RequestSpec& spec);
  void stream(const RequestSpec& spec) {
    if (spec.stream) json("stream", "true");
  }

  // Merges the spec's extra_body: a null removes the key, a key that is there is replaced in its place, others follow.
  // Refused are the hole's key and "stream".
  void extra(const RequestSpec& spec);

  // The first error of the calls above, if any.
  std::expected<BodyTemplate, std::string> render() const;

 private:
  struct Field {
    std::string key;    // escaped
    std::string value;  // JSON; of the hole: what stands before it
  };
  void fail(std::string error) {
    if (error_.empty()) error_ = std::move(error);
  }
  void merge(std::string_view key, std::string_view value);

  std::vector<Field> fields_;
  std::string hole_key_;
  std::string behind_hole_;
  std::string error_;
};

}  // namespace ringload::protocol
