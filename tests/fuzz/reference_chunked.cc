#include <cctype>
#include <cstdint>

#include "reference.h"
#include "text.h"

namespace ringload::fuzz {
namespace {

bool token(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// The trailer section, read as one grammar over what is there.
std::string read_trailers(std::string_view bytes, size_t& at) {
  const size_t begin = at;
  size_t fields = 0;
  enum { line_begin, name, value, value_lf, end_lf } in = line_begin;
  for (; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (at - begin >= 65536) return "trailer";
    if (in == line_begin) {
      if (c == '\r') {
        in = end_lf;
      } else if ((c == ' ' || c == '\t') && fields > 0) {
        in = value;
      } else if (token(c) && ++fields <= 256) {
        in = name;
      } else {
        return "trailer";
      }
    } else if (in == name) {
      if (c == ':') {
        in = value;
      } else if (!token(c)) {
        return "trailer";
      }
    } else if (in == value) {
      if (c == '\r') {
        in = value_lf;
      } else if (control(c)) {
        return "trailer";
      }
    } else {
      if (c != '\n') return "trailer";
      if (in == end_lf) {
        ++at;
        return "";
      }
      in = line_begin;
    }
  }
  return "more";
}

}  // namespace

std::string read_chunked(std::string_view bytes, size_t& at, std::string& body) {
  size_t extensions = 0;
  while (true) {
    std::string digits;
    while (at < bytes.size() && std::isxdigit(static_cast<unsigned char>(bytes[at])) != 0) {
      digits += bytes[at++];
      if (digits.size() > 16) return "chunk_size";
    }
    if (at == bytes.size()) return "more";
    if (digits.empty()) return "chunk_size";

    bool semicolon = false, blank = false;
    for (size_t extension = 0; bytes[at] != '\r' || (blank && !semicolon);) {
      const char c = bytes[at];
      semicolon |= c == ';';
      blank |= c == ' ' || c == '\t';
      if (!semicolon && c != ' ' && c != '\t') return "chunk_size";
      if (c == '\n') return "chunk_size";
      if (control(c)) return "chunk_extension";
      if (++extension > 256 || ++extensions > 16384) return "chunk_extension";
      if (++at == bytes.size()) return "more";
    }
    if (++at == bytes.size()) return "more";
    if (bytes[at++] != '\n') return "chunk_size";

    const uint64_t size = std::stoull(digits, nullptr, 16);
    if (size == 0) return read_trailers(bytes, at);
    const size_t there = std::min<uint64_t>(size, bytes.size() - at);
    body += bytes.substr(at, there);
    at += there;
    for (const char expected : {'\r', '\n'}) {
      if (at == bytes.size()) return "more";
      if (there < size || bytes[at] != expected) return "chunk_end";
      ++at;
    }
  }
}

std::string reference_chunked(std::string_view bytes) {
  Lines lines;
  size_t at = 0;
  std::string body;
  const std::string end = read_chunked(bytes, at, body);
  if (!body.empty()) lines.add("body " + wire::quote(body));
  lines.add(end.empty() ? "end" : end == "more" ? "unfinished" : "refused " + end);
  if (end.empty() && at < bytes.size()) lines.add("rest " + wire::quote(bytes.substr(at)));
  return lines.text();
}

}  // namespace ringload::fuzz
