#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "codec/char_class.h"
#include "codec/field_line.h"
#include "codec/framing.h"
#include "codec/http1.h"

namespace ringload::codec {
namespace {

constexpr size_t kStatusBegin = sizeof "HTTP/1.x " - 1;
constexpr size_t kStatusEnd = kStatusBegin + 3;

// Whether a status line may have `c` as its byte number `at`, which is below kStatusEnd.
bool fits_status_line(size_t at, char c) {
  switch (at) {
    case 7: return c == '0' || c == '1';
    case 8: return c == ' ';
    case 9:
    case 10:
    case 11: return is_digit(c);
    default: return c == "HTTP/1."[at];
  }
}

int status_of(const char* head) {
  const char* const digits = head + kStatusBegin;
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

const char* find_lf(const char* at, const char* end) {
  return static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
}

// Puts a continuation's text behind the field's value, one space between. What becomes free is filled with spaces, so
// that the field now stands on one line.
void join(Field& field, std::string_view text) {
  char* to = const_cast<char*>(field.value.data()) + field.value.size();
  if (!field.value.empty() && !text.empty()) *to++ = ' ';
  std::memmove(to, text.data(), text.size());
  to += text.size();
  field.value = {field.value.data(), static_cast<size_t>(to - field.value.data())};
  std::fill(to, const_cast<char*>(text.data()) + text.size(), ' ');
}

// The fields of a head that has been judged and ends at `end`. Only for one that came in pieces or has folded lines.
void collect(const char* begin, const char* end, HeadFields& fields) {
  const char* line = find_lf(begin, end) + 1;
  size_t count = 0;
  while (skip_line_end(line, end) == nullptr) {
    if (is_blank(*line)) {
      std::string_view text;
      line = read_continuation(line, end, text);
      join(fields[count - 1], text);
    } else {
      line = read_field_line(line, end, fields[count++]);
    }
  }
}

}  // namespace

HeadParser::Status HeadParser::refuse(Refusal refusal) {
  refusal_ = refusal;
  return Status::refused;
}

bool HeadParser::skip_interim() {
  line_ = scanned_ = field_count_ = 0;
  if (++interim_ > kMaxInterim) refusal_ = Refusal::too_many_interim;
  return refusal_ == Refusal::none;
}

const char* HeadParser::read_status_line(const char* begin, const char* end) {
  const auto size = static_cast<size_t>(end - begin);
  for (size_t at = 0; at < std::min(size, kStatusEnd); ++at) {
    if (!fits_status_line(at, begin[at])) return refuse(Refusal::status_line), nullptr;
  }
  if (size <= kStatusEnd) return nullptr;
  const char behind = begin[kStatusEnd];
  if (behind != ' ' && behind != '\r' && behind != '\n') return refuse(Refusal::status_line), nullptr;

  const char* const reason_end = skip_text(begin + std::max<size_t>(kStatusEnd, scanned_), end);
  const char* const next = skip_line_end(reason_end, end);
  scanned_ = static_cast<uint32_t>(reason_end - begin);
  if (next == nullptr) {
    const bool complete = reason_end != end && (*reason_end != '\r' || end - reason_end >= 2);
    if (complete) refuse(*reason_end == '\r' ? Refusal::bare_cr : Refusal::status_line);
    return nullptr;
  }
  if (status_of(begin) == 101) return refuse(Refusal::switching_protocols), nullptr;
  return next;
}

const char* HeadParser::read_line(const char* line, const char* end, HeadFields& fields, bool& folded) {
  Field field;
  const bool continues = is_blank(*line) && field_count_ != 0;
  const char* const next = continues ? read_continuation(line, end, field.value) : read_field_line(line, end, field);
  if (next == nullptr) {
    const char* const lf = find_lf(line, end);
    if (lf != nullptr) refuse(field_count_ == 0 && is_blank(*line) ? Refusal::header_name : judge_field_line(line, lf));
    return nullptr;
  }
  if (continues) {
    folded = true;
  } else if (field_count_ == kMaxFields) {
    return refuse(Refusal::too_many_fields), nullptr;
  } else {
    fields[field_count_++] = field;
  }
  return next;
}

HeadParser::Status HeadParser::parse(std::span<char> bytes, HeadFields& fields, ResponseHead& head) {
  if (refusal_ != Refusal::none) return Status::refused;
  RINGLOAD_ASSERT(bytes.size() >= scanned_);
  const char* const begin = bytes.data();
  const char* const end = begin + std::min(bytes.size(), kMaxHeadBytes);
  const bool resumed = scanned_ != 0;
  bool folded = false;

  const char* line = begin + line_;
  if (line_ == 0) {
    line = read_status_line(begin, end);
  } else if (find_lf(begin + scanned_, end) == nullptr) {
    scanned_ = static_cast<uint32_t>(end - begin);
    line = nullptr;
  }
  while (line != nullptr) {
    if (const char* const behind = skip_line_end(line, end); behind != nullptr) {
      if (resumed || folded) collect(begin, behind, fields);
      head.status = status_of(begin);
      head.bytes = static_cast<size_t>(behind - begin);
      head.fields = {fields.data(), field_count_};
      refusal_ = decide_framing(head, begin[7] == '1', head_request_);
      return refusal_ == Refusal::none ? Status::done : Status::refused;
    }
    line_ = static_cast<uint32_t>(line - begin);
    scanned_ = static_cast<uint32_t>(end - begin);
    line = line == end ? nullptr : read_line(line, end, fields, folded);
  }
  if (refusal_ != Refusal::none) return Status::refused;
  // Bounded here and nowhere else: what is complete within the bound has been judged by now.
  return bytes.size() >= kMaxHeadBytes ? refuse(Refusal::head_too_large) : Status::more;
}

}  // namespace ringload::codec
