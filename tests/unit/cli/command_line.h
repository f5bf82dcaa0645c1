// Command lines for tests, as main() gets them.
#pragma once
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace ringload::cli {

class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> words) : words_(std::move(words)) {
    words_.insert(words_.begin(), "ringload");
    for (std::string& word : words_) pointers_.push_back(word.data());
  }
  Arguments parse() { return parse_arguments(static_cast<int>(words_.size()), pointers_.data()); }
  int argc() const { return static_cast<int>(words_.size()); }
  char** argv() { return pointers_.data(); }
  // What `ps` would show, the program's name left out.
  std::string shown() const {
    std::string text;
    for (size_t i = 1; i < words_.size(); ++i) text += (i > 1 ? " " : "") + std::string(words_[i].c_str());
    return text;
  }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

inline Arguments parsed(std::vector<std::string> words) { return CommandLine(std::move(words)).parse(); }

// The message of the UsageError that `words` lead to; empty when there is none.
inline std::string complaint(std::vector<std::string> words) {
  try {
    parsed(std::move(words));
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

// A variable of the environment for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace ringload::cli
