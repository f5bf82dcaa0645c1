#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "codec/char_class.h"
#include "codec/field_line.h"
#include "codec/framing.h"
#include "codec/http1.h"
#include "codec/text_stops.h"

namespace ringload::codec {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";  // its minor number follows, a space, and the status
constexpr size_t kMinor = kVersion.size();
constexpr size_t kStatus = kMinor + 2;
constexpr size_t kStatusEnd = kStatus + 3;

// Whether the first `size` bytes, kStatusEnd at most, can begin a status line.
bool begins_status_line(const char* bytes, size_t size) {
  if (std::memcmp(bytes, kVersion.data(), std::min(size, kMinor)) != 0) return false;
  if (size > kMinor && bytes[kMinor] != '0' && bytes[kMinor] != '1') return false;
  if (size > kMinor + 1 && bytes[kMinor + 1] != ' ') return false;
  for (size_t at = kStatus; at < size; ++at) {
    if (!is_digit(bytes[at])) return false;
  }
  return true;
}

int status_of(const char* head) {
  const char* const digits = head + kStatus;
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

const char* find_lf(const char* at, const char* end) {
  return static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
}

}  // namespace

HeadParser::Status HeadParser::refuse(Refusal refusal) {
  refusal_ = refusal;
  return Status::refused;
}

bool HeadParser::skip_interim() {
  line_ = scanned_ = field_count_ = 0;
  if (++interim_ > kMaxInterim) refuse(Refusal::too_many_interim);
  return refusal_ == Refusal::none;
}

// The status line up to its code. Refuses at the first byte that does not fit; false also when it is not complete.
bool HeadParser::read_code(const char* begin, const char* end) {
  const auto size = static_cast<size_t>(end - begin);
  const bool complete = size > kStatusEnd;
  if (!begins_status_line(begin, complete ? kStatusEnd : size)) refuse(Refusal::status_line);
  if (!complete || refusal_ != Refusal::none) {
    scanned_ = static_cast<uint32_t>(size);
    return false;
  }
  const char behind = begin[kStatusEnd];
  if (behind != ' ' && behind != '\r' && behind != '\n') refuse(Refusal::status_line);
  return refusal_ == Refusal::none;
}

// A line that no line end follows where its text ends, at `stop`: it is not complete, or refused.
void HeadParser::stop_inside_line(const char* begin, const char* stop, const char* end) {
  scanned_ = static_cast<uint32_t>(end - begin);
  if (line_ == 0) {
    // Of the status line every byte counts at once, but a CR waits for the byte behind it.
    if (stop != end && *stop != '\r') refuse(Refusal::status_line);
    if (end - stop >= 2 && *stop == '\r') refuse(Refusal::bare_cr);
    if (end - stop == 1) --scanned_;
  } else if (const char* const lf = find_lf(stop, end); lf != nullptr) {
    refuse(judge_field_line(begin + line_, lf));
  }
}

HeadParser::Status HeadParser::parse(std::span<char> bytes, HeadFields& fields, ResponseHead& head) {
  if (refusal_ != Refusal::none) return Status::refused;
  RINGLOAD_ASSERT(bytes.size() >= scanned_);
  const char* const begin = bytes.data();
  const char* const end = begin + std::min(bytes.size(), kMaxHeadBytes);
  const bool resumed = scanned_ != 0;
  // What is complete within the bound is judged before the bound is.
  const auto more = [&] {
    if (refusal_ != Refusal::none) return Status::refused;
    return bytes.size() >= kMaxHeadBytes ? refuse(Refusal::head_too_large) : Status::more;
  };

  const char* from = begin + line_;
  if (line_ == 0) {
    if (!read_code(begin, end)) return more();
    from = begin + std::max<size_t>(kStatusEnd, scanned_);
  } else if (find_lf(begin + scanned_, end) == nullptr) {
    scanned_ = static_cast<uint32_t>(end - begin);
    return more();
  }

  TextStops stops(from, end);
  const char* line = begin + line_;
  bool folded = false;
  while (true) {
    const char* const stop = stops.next();
    const char* const next = skip_line_end(stop, end);
    if (next == nullptr) {
      line_ = static_cast<uint32_t>(line - begin);
      stop_inside_line(begin, stop, end);
      return more();
    }
    if (*stop == '\r') stops.next();  // the LF
    if (line == begin) {
      if (status_of(begin) == 101) return refuse(Refusal::switching_protocols);
    } else if (stop == line) {
      break;
    } else if (is_blank(*line) && field_count_ != 0) {
      folded = true;
    } else if (Field field; !split_field_line(line, stop, end, field)) {
      return refuse(Refusal::header_name);
    } else if (field_count_ == kMaxFields) {
      return refuse(Refusal::too_many_fields);
    } else {
      fields[field_count_++] = field;
    }
    line = next;
  }

  if (resumed) {
    // The fields seen by earlier calls lay elsewhere: now that all is here, once more from the begin.
    line_ = scanned_ = field_count_ = 0;
    return parse(bytes, fields, head);
  }
  if (folded) {
    for (size_t i = 0; i < field_count_; ++i) {
      join_folded(fields[i], i + 1 < field_count_ ? fields[i + 1].name.data() : line);
    }
  }
  head.status = status_of(begin);
  head.bytes = static_cast<size_t>(skip_line_end(line, end) - begin);
  head.fields = {fields.data(), field_count_};
  refusal_ = decide_framing(head, begin[kMinor] == '1', head_request_);
  return refusal_ == Refusal::none ? Status::done : Status::refused;
}

}  // namespace ringload::codec
