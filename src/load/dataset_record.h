// One line of a dataset, read where it lies: messages are found turn by turn, and their texts stay JSON-escaped, so a
// request can point straight into the file. Never allocates.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringload::load {

// Whether `line` is one whole JSON value in valid UTF-8. Half of a surrogate pair passes, as elsewhere.
bool is_json_line(std::string_view line);

// Understands {"prompt": …}, {"messages": [{"role", "content"}]} and ShareGPT's {"conversations": [{"from", "value"}]};
// whichever of those keys comes first. A content is a string, or an array of parts of which the texts count. Messages
// of other roles (system, tool) and without text are passed over; neighbours of one role are one message.
class DatasetRecord {
 public:
  enum class Who : uint8_t { user, assistant };

  DatasetRecord() = default;
  // `line` must stay where it is. Anything may stand in it; of a valid one the texts are exact.
  explicit DatasetRecord(std::string_view line);

  // Whether the next message is of that role.
  bool next_is(Who who) const { return present_ && who_ == who; }
  // Takes the next message, which must be there: its texts, escaped, go to `out` as far as they fit. Returns how many.
  size_t take(std::span<std::string_view> out);

 private:
  void advance();

  const char* at_ = nullptr;   // in the array, behind the message that is next
  const char* end_ = nullptr;
  std::string_view content_;   // of that message: a JSON string or array
  Who who_ = Who::user;
  bool present_ = false;
};

}  // namespace ringload::load
