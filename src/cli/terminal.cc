#include "cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "report/style.h"

namespace ringload::cli {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != 0;
}

bool is_dumb() {
  const char* term = std::getenv("TERM");
  return term != nullptr && std::strcmp(term, "dumb") == 0;
}

bool is_utf8_locale() {
  static const bool utf8 = [] {
    std::setlocale(LC_CTYPE, "");
    return std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
  }();
  return utf8;
}

std::string spelled(const std::string& text) { return is_utf8_locale() ? text : report::in_ascii(text); }

}  // namespace

TextStyle style_of_stdout(const Arguments& arguments) {
  TextStyle style;
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  const char* force = std::getenv("CLICOLOR_FORCE");
  style.color = terminal && !is_dumb();
  if (force != nullptr && *force != 0 && std::strcmp(force, "0") != 0) style.color = true;
  if (is_set("NO_COLOR") || arguments.flag("no-color")) style.color = false;
  style.ascii = !is_utf8_locale();
  style.width = 100;
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    style.width = std::clamp<unsigned>(size.ws_col, 60, 100);
  return style;
}

bool stderr_is_a_real_terminal() { return ::isatty(STDERR_FILENO) != 0 && !is_dumb(); }

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0) complain(std::string("cannot write to stdout: ") + std::strerror(errno));
}

void print_text(const std::string& text) { print(spelled(text)); }

void tell(const std::string& line) { std::fprintf(stderr, "%s\n", spelled(line).c_str()); }

void complain(const std::string& text) { tell("ringload: " + text); }

}  // namespace ringload::cli
