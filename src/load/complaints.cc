#include "load/complaints.h"

#include <algorithm>

namespace ringload {

std::string ProfileError::text() const {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line) + ":" + std::to_string(column);
  if (!path.empty()) out += (out.empty() ? "" : ": ") + path;
  return out + (out.empty() ? "" : ": ") + message;
}

}  // namespace ringload

namespace ringload::load {

Complaints::Complaints(const JsonDocument& document, std::string file) : document_(document), file_(std::move(file)) {
  for (const JsonError& error : document.errors()) add(error.offset, "", error.message);
}

void Complaints::add(size_t offset, std::string path, std::string message) {
  const Position position = document_.position(offset);
  errors_.push_back({file_, position.line, position.column, std::move(path), std::move(message)});
}

void Complaints::wrong(const JsonValue& at, std::string_view allowed) {
  say(at, "found " + describe(at) + ", allowed: " + std::string(allowed));
}

void Complaints::say(const JsonValue& at, std::string message) {
  add(at.offset, document_.path(at), std::move(message));
}

void Complaints::key(const JsonValue& object, const JsonMember& member, std::string message) {
  add(member.key_offset, document_.path(object) + path_step(member.key), std::move(message));
}

void Complaints::flag(std::string_view flag, std::string message) {
  errors_.push_back({std::string(flag), 0, 0, "", std::move(message)});
}

void Complaints::useless(std::string_view flag, std::string_view what) {
  this->flag(flag, "changes nothing: every scenario sets its own " + std::string(what));
}

std::vector<ProfileError> Complaints::take() {
  std::stable_sort(errors_.begin(), errors_.end(), [](const ProfileError& a, const ProfileError& b) {
    const uint32_t last = UINT32_MAX;
    const uint32_t line_a = a.line == 0 ? last : a.line, line_b = b.line == 0 ? last : b.line;
    return line_a != line_b ? line_a < line_b : a.column < b.column;
  });
  // Two checks may find the same fault.
  const auto same = [](const ProfileError& a, const ProfileError& b) { return a.text() == b.text(); };
  errors_.erase(std::unique(errors_.begin(), errors_.end(), same), errors_.end());
  return std::move(errors_);
}

}  // namespace ringload::load
