// What reading an event or a body as JSON has in common in every format: a format's reader knows where things stand,
// this one what they do to the reply. Fields of an unexpected type are ignored: what a server adds must not fail a run.
#pragma once
#include <string_view>

#include "protocol/json_cursor.h"
#include "protocol/learned_event.h"
#include "protocol/reply_text.h"
#include "protocol/usage.h"
#include "ringload/adapter.h"

namespace ringload::protocol {

class ReplyReader {
 public:
  // Whether one string is all that the event told, so that others like it can be learned from it. Its id is no
  // obstacle: of those the first one stays.
  bool has_sole_text() const { return texts_ == 1 && !usage_told_ && !part_.error && !part_.terminal && !part_.bad; }
  const SoleText& sole_text() const { return sole_; }

 protected:
  ReplyReader(Reply& reply, JsonCursor in) : in_(in), reply_(reply), before_(reply) {}

  // Each reads one value.
  void text(TextKind kind) {
    const std::string_view text = in_.string();
    if (text.empty()) return;
    ++texts_;
    sole_.kind = kind;
    sole_.text = text;
    take_text(reply_, part_, kind, text);
  }
  void id() { take_id(reply_, in_.string()); }
  void usage() { usage_told_ |= read_usage(in_, reply_.tokens); }
  void padding() { sole_.padding = in_.string(); }
  // null, false and "" are no errors.
  void error() {
    if (in_.is_object() || in_.is_array()) return fail(in_.value());
    if (const std::string_view text = in_.string(); !text.empty()) fail(text);
  }

  // The reply told of an error, in these words.
  void fail(std::string_view text) {
    part_.error = true;
    reply_.error_text = text;
  }

  // Of a document that is no valid JSON nothing counts, not even what stood before the fault.
  ReplyPart finish() {
    if (!in_.complete()) return refuse();
    return part_;
  }
  ReplyPart refuse() {
    reply_ = before_;
    return part_ = {.bad = true};
  }

  JsonCursor in_;
  ReplyPart part_;

 private:
  Reply& reply_;
  const Reply before_;
  SoleText sole_{};
  unsigned texts_ = 0;
  bool usage_told_ = false;
};

}  // namespace ringload::protocol
