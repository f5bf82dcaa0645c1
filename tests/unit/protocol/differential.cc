#include "differential.h"

#include <simdjson.h>

#include <cctype>

#include "protocol/learned_event.h"
#include "stream_under_test.h"

namespace ringload::protocol {
namespace {

enum class Verdict { valid, invalid, unknown };

// The DOM refuses halves of surrogate pairs, which are valid JSON text, so they are replaced before it looks.
Verdict dom_verdict(std::string json) {
  for (size_t at = 0; at + 1 < json.size(); ++at) {
    if (json[at] != '\\') continue;
    const auto hex = [&](size_t i) { return i < json.size() && std::isxdigit(static_cast<unsigned char>(json[i])); };
    if (json[at + 1] == 'u' && hex(at + 2) && hex(at + 3) && hex(at + 4) && hex(at + 5)) {
      if (std::tolower(json[at + 2]) == 'd') json.replace(at + 2, 4, "0041");
    }
    ++at;
  }
  simdjson::dom::parser dom;
  simdjson::dom::element root;
  const simdjson::error_code error = dom.parse(json).get(root);
  if (error == simdjson::SUCCESS) return root.is_object() ? Verdict::valid : Verdict::invalid;
  // Numbers too large for its types are JSON all the same; nothing here nests as deeply as we stop.
  if (error == simdjson::NUMBER_ERROR) return Verdict::unknown;
  return Verdict::invalid;
}

// Is a mark of the stream and not a document.
bool is_mark(std::string_view event) {
  const size_t begin = event.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos || event.substr(begin).starts_with("[DONE]");
}

}  // namespace

DifferentialResult compare_ways(const Adapter& adapter, const std::vector<std::string>& events) {
  DifferentialResult result;
  StreamUnderTest learning(adapter, {.text = 4096, .learned = 2048});
  StreamUnderTest cramped(adapter, {.text = 4096, .learned = 100});
  StreamUnderTest reading(adapter, {.text = 4096, .learned = 0});
  for (const std::string& event : events) {
    const auto fail = [&](const std::string& what) { result.fault = what + "\nin event: " + event; };
    ++result.events;
    {
      // On a copy, since it takes the text.
      Reply copy = learning.reply;
      ReplyPart part;
      std::string padded = event + std::string(64, '"');
      std::vector<char> text(learning.reply.text, learning.reply.text + learning.reply.text_capacity);
      copy.text = text.data();
      result.learned += take_learned(copy, std::string_view(padded).substr(0, event.size()), part);
    }
    const ReplyPart expected = reading.event(event);
    const std::string error(reading.reply.error_text);
    for (StreamUnderTest* other : {&learning, &cramped}) {
      const ReplyPart part = other->event(event);
      if (describe(part) != describe(expected)) fail(describe(part) + " instead of " + describe(expected));
      if (part.error && other->reply.error_text != error) fail("another error text");
      other->reply.error_text = {};
    }
    reading.reply.error_text = {};
    for (StreamUnderTest* other : {&learning, &cramped}) {
      if (describe(other->reply) != describe(reading.reply) ||
          other->reply.text_bytes != reading.reply.text_bytes) {
        fail(describe(other->reply) + "instead of\n" + describe(reading.reply));
      }
    }
    if (!is_mark(event)) {
      const Verdict verdict = dom_verdict(event);
      if (verdict == Verdict::valid && expected.bad) fail("valid JSON was called bad");
      if (verdict == Verdict::invalid && !expected.bad) fail("invalid JSON was accepted");
    }
    if (!result.fault.empty()) break;
  }
  return result;
}

}  // namespace ringload::protocol
